"""What is configured and what was loaded, in names and counts."""
