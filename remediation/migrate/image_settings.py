"""Settings as variables of an image: a line `ENV` in its last stage.

https://docs.docker.com/reference/dockerfile/#env
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hushflake.codemods.roots.dockerfile import instructions

# The arguments of `configure` that a variable can give, and the values that need none.
_VARIABLES = {
    "esc": "HUSHFLAKE_ESC",
    "stores": "HUSHFLAKE_STORES",
    "sources": "HUSHFLAKE_SOURCES",
    "environment": "HUSHFLAKE_ENVIRONMENT",
    "mode": "HUSHFLAKE_MODE",
}
_SOURCES = ("esc", "stores", "sources")
_DEFAULTS = {"environment": "first", "mode": "production"}
_PLAIN = re.compile(r"[\w./:@,+*-]+")


class NotPlainError(Exception):
    """The file is not written as it is edited here. `str()` says what to add by hand."""


def variables(arguments: Mapping[str, Any]) -> list[str]:
    """Return arguments of `configure` as `NAME=value`; none where no source is among them."""
    found = []
    for name, variable in _VARIABLES.items():
        value = arguments.get(name)
        text = ",".join(value) if isinstance(value, list) else value
        if text and text != _DEFAULTS.get(name):
            found.append(f"{variable}={text}")
    return found if any(arguments.get(name) for name in _SOURCES) else []


def edited(text: str, given: Sequence[str]) -> str:
    """Return a Dockerfile that gives these variables to its last stage.

    Raises:
        NotPlainError: They must be added by hand.
    """
    line = f"ENV {' '.join(given)}"
    by_hand = NotPlainError(f"add {line} to the last stage")
    if not all(map(_PLAIN.fullmatch, (one.partition("=")[2] for one in given))) or "<<" in text:
        raise by_hand
    known = list(instructions(text))
    stages = [place for place, one in enumerate(known) if one.word == "FROM"]
    if not stages:
        raise by_hand
    last = known[stages[-1] :]
    above = [one for one in last if one.word == "ENV"] or [
        one for one in last if one.word in ("FROM", "WORKDIR")
    ][:2]
    at = above[-1].end
    end = "\r\n" if "\r\n" in text else "\n"
    ends = "" if text[:at].endswith("\n") else end
    wanted = f"{text[:at]}{ends}{line}{end}{text[at:]}"
    words = [(one.word, one.rest) for one in instructions(wanted)]
    rest = [(one.word, one.rest) for one in known]
    if words != [*rest[: rest_of(known, at)], ("ENV", line[4:]), *rest[rest_of(known, at) :]]:
        raise by_hand
    return wanted


def rest_of(known: Sequence[Any], at: int) -> int:
    """Return how many instructions end at or above an offset."""
    return sum(one.end <= at for one in known)
