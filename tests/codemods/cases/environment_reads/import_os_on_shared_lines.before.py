import sys; import os; import json
x = 1; from os import environ
print(os.getenv("A"), environ["B"], sys, json)
