import os
from dotenv import find_dotenv, load_dotenv

load_dotenv(print("side"))


def f():
    pass
    "No docstring."
