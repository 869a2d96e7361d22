from __future__ import annotations

import os

A = os.getenv("A")


def f(path: "os.PathLike[str]") -> None:
    """Not a use: os.environ is only mentioned here."""
