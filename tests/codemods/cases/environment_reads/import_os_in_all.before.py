import os

__all__ = ["os"]
A = os.getenv("A")
