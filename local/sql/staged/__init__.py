"""Files in stages: where they are, how they are read, and how their rows reach a table."""
