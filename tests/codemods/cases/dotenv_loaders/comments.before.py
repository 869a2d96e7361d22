from dotenv import load_dotenv, find_dotenv
import os

load_dotenv()  # local settings win

# Above it.
load_dotenv(  # noqa: E501
    ".env#1",  # of the team
    override=True,
)  # type: ignore
# Below it.

try:
    # Not installed in production.
    import dotenv

    dotenv.load_dotenv()  # as before
except ImportError:
    pass


def f():
    load_dotenv()  # once more


def g():
    x = 1; load_dotenv(); load_dotenv(find_dotenv())  # both
    return x, os
