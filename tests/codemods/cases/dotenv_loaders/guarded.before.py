import os

try:
    from dotenv import load_dotenv

    load_dotenv()
except ImportError:
    pass

A = os.getenv("A")
