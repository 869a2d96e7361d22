from os import *

A = getenv("A")
B = environ["B"]
