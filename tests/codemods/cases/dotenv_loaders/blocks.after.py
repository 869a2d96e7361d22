import os
from pathlib import Path

from dotenv import dotenv_values, load_dotenv as load


def main():
    if Path(".env").exists():
        pass
    with open("x"):
        print("loaded")
    try:
        print("x")
    finally:
        pass


if load():
    print(dotenv_values(".env"))
load(stream=open(".env"))
