import os

A = os.getenv("A")
exec("x = os.sep")
