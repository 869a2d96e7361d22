import os  # noqa: F401
A = os.getenv("A")
