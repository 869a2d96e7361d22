"""Configuration files under check."""
