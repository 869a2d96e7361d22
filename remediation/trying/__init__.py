"""Trying a rewritten application: imports and tests, before and after. Runs the project's code."""
