import os

A = os.getenv("A")

try:
    from dotenv import load_dotenv as again
except ImportError as error:
    print(error)
    raise
