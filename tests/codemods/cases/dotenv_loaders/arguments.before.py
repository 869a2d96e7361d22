import os
from dotenv import find_dotenv, load_dotenv

load_dotenv(print("side"))
load_dotenv(os.path.join(os.path.dirname(__file__), ".env"))


def f():
    load_dotenv()
    "No docstring."
