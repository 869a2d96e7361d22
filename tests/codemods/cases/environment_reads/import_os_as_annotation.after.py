from __future__ import annotations

import os

from hushflake.config import get_config_value

A = get_config_value("A")


def f(path: "os.PathLike[str]") -> None:
    """Not a use: os.environ is only mentioned here."""
