"""Values that are known to be secret, and where they stand."""
