"""What the code of a repository does with configuration, as a tool that reads code tells it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ..declared.key import DeclaredKey


class KeyUse(NamedTuple):
    """A key that the code reads. `place` is that of a read that fails without it, or the first."""

    name: str
    place: str
    required: bool = False
    secret: bool = False


class CodeUse(NamedTuple):
    """How the code of a repository uses configuration; whoever can read code finds it out.

    `services` is the name of a service class -> where it is used; `dynamic` are the places whose
    key is worked out at run time, `loader` the one that loads .env files
    into the process, "" for none, and `accessor` the file of the accessor module, if it is one of
    the repository. `declared` are the keys that the repository declares, but for classes that
    nothing uses.
    """

    keys: Sequence[KeyUse]
    services: Mapping[str, str]
    dynamic: Sequence[str] = ()
    loader: str = ""
    accessor: Path | None = None
    declared: Sequence[DeclaredKey] = ()
