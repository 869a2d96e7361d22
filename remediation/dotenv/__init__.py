"""Retirement of .env files: find, parse, import, verify, back up, remove, restore."""
