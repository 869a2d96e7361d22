import os
from pathlib import Path

import dotenv
from dotenv import dotenv_values, load_dotenv as load


def main():
    if Path(".env").exists():
        load(".env")
    with open("x"):
        dotenv.load_dotenv(); print("loaded")
    try:
        print("x")
    finally:
        load()


if load():
    print(dotenv_values(".env"))
load(stream=open(".env"))
