import json, os, sys
from os import environ, path

A = os.getenv("A")
B = environ["B"]
print(json, sys, path)
