import os

A = os.getenv("A")
os.environ["B"] = "b"
print(os.getcwd())
