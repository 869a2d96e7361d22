"""`EnvironmentFile=` of systemd units: man systemd.exec."""

import re
from collections.abc import Iterator

from ..mentions import systemd
from .base import EnvUse, from_anywhere, is_outside
from .tree import Tree

KIND = "systemd unit"

reads = systemd.reads
_SETTING = re.compile(r"\s*EnvironmentFile\s*=\s*(\S.*)")
_REMEDY = "let the service read the store, and take the setting out"


def uses(path: str, text: str, _tree: Tree) -> Iterator[EnvUse]:
    for line, logical in systemd.logical_lines(text):
        match = _SETTING.match(logical)
        if match is None:
            continue
        # A dash in front allows the file to be missing.
        written = match[1].strip().removeprefix("-")
        yield EnvUse(
            path, line, KIND, written, from_anywhere(path, written), None,
            "gives it to the service", _REMEDY, "tracked" if is_outside(written) else "always",
        )  # fmt: skip
