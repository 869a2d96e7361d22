"""The settings that a repository carries."""
