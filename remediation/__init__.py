"""Remediation: inventory of keys, retirement of .env files, clean-up, the guided migration."""
