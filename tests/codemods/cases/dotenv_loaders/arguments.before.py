import os
from dotenv import find_dotenv, load_dotenv

load_dotenv(print("side"))
load_dotenv(os.path.join(os.path.dirname(__file__), ".env"))


def f():
    load_dotenv()
    "No docstring."


BASE = os.path.dirname(__file__)
NAME = f".env.{os.getenv('MODE', 'dev')}"
path = os.path.join(BASE, NAME)
load_dotenv(path, override=True)


def of_the_caller(name):
    load_dotenv(name)
    given = os.path.abspath(name)
    load_dotenv(dotenv_path=given)


def of_the_user(parser):
    arguments = parser.parse_args()
    load_dotenv(arguments.env_file)


def of_the_project():
    here = os.getcwd()
    load_dotenv(os.path.join(here, ".env"))
    return here


for one in ("a.env", "b.env"):
    load_dotenv(one)
