"""Module."""

import os
import sys

A = os.getenv("A")
B = os.getenv("B", "b")
C = os.getenv("C", default=None)
D = os.getenv(key="D", default=8080)
E = os.environ.get("E")
F = os.environ.get("F", default=[])
G = int(os.environ.get("G", 1)) or sys.argv
