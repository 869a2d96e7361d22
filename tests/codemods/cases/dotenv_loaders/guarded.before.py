import os

try:
    from dotenv import load_dotenv

    load_dotenv()
except ImportError:
    pass

A = os.getenv("A")

try:
    from dotenv import find_dotenv as find, load_dotenv as load

    load(find())
except ModuleNotFoundError:
    print("python-dotenv is not installed")

try:
    from dotenv import load_dotenv as again

    again()
except ImportError as error:
    print(error)
    raise
