import os

A = os.getenv("A")
