"""setup.cfg: `install_requires` of `[options]`.

https://setuptools.pypa.io/en/latest/userguide/declarative_config.html
"""

import configparser
import re

from ..requirement import Requirement
from .base import NotPlainError, Strength, line_end, names_it

KIND = "setup.cfg"
PATTERNS = ("setup.cfg",)
_LIST = re.compile(
    r"^install_requires[^\S\r\n]*=[^\S\r\n]*\r?\n((?:[^\S\r\n]+\S[^\r\n]*(?:\r?\n|\Z))+)", re.M
)


def strength(text: str) -> Strength:
    return "strong" if _required(text) else "none"


def declares(text: str) -> bool:
    return any(map(names_it, _required(text)))


def edited(text: str, requirement: Requirement) -> str:
    found = _LIST.search(text)
    if found:
        end = line_end(text)
        above = text[: found.end()]
        last = above.rstrip("\r\n").splitlines()[-1]
        indent = last[: len(last) - len(last.lstrip())]
        above = above if above.endswith("\n") else above + end
        wanted = f"{above}{indent}{requirement}{end}{text[found.end() :]}"
        if _required(wanted) == [*_required(text), str(requirement)]:
            return wanted
    raise NotPlainError(f"add {requirement} to install_requires in [options]")


def _required(text: str) -> list[str]:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
        listed = parser.get("options", "install_requires", fallback="")
    except configparser.Error:
        return []
    if listed.lstrip().startswith(("file:", "attr:")):
        return []
    return [line.strip() for line in listed.splitlines() if line.strip()]
