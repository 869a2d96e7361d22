"""Pulumi ESC: our REST client, what its values mean, and how its definitions are written."""
