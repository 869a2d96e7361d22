"""Run-time configuration: the accessors that rewritten code calls."""
