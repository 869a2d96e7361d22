"""Keys that an application declares: one model for the linter, the tools and the run time."""
