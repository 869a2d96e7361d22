import os as os
import sys, os as o

A = os.getenv("A")
B = o.getenv("B")
