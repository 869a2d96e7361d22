import os

from dotenv import find_dotenv, load_dotenv

load_dotenv(find_dotenv(), override=True)

A = os.getenv("A")
