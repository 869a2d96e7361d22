"""Code that decides whether the environment gets a key asks the environment itself."""

import os

from hushflake.config import get_config_value, require_config_value

if not os.getenv("A"):
    os.environ["A"] = "a"
if "B" not in os.environ:
    os.environ["B"] = "b"
elif get_config_value("C") == "c":
    os.environ.update(B="c")
if os.environ.get("D") is None:
    os.environ.setdefault("D", "d")
try:
    os.environ["E"]
except KeyError:
    os.environ["E"] = "e"
found = os.getenv("F")
if not found:
    os.environ["F"] = "f"
if not (given := os.environ.get("G")):
    os.putenv("G", "g")
os.getenv("H") or os.environ.update({"H": "h"})
for key, value in {"I": "i"}.items():
    if key not in os.environ:
        os.environ[key] = value


def ensure(key, value):
    if key in os.environ:
        return
    os.environ[key] = value


# Another key, another function, or a value that is only handed on.
if get_config_value("J"):
    os.environ["K"] = get_config_value("J")
os.environ["L"] = get_config_value("L", "l")


def other():
    return get_config_value("A"), require_config_value("F")


def tidy():
    """What is there is put in order, for a library to read."""
    if "M" in os.environ:
        found = os.environ["M"].strip()
        os.environ["M"] = found
