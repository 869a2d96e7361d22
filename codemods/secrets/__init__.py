"""Hard-coded secrets: where they stand, what they are called, and what stands there instead."""
