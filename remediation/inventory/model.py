"""The inventory as a value: keys, their reads, where else they are named. It holds no secret."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Literal

from hushflake.config.declared.key import DeclaredKey

from .env_paths import EnvPath
from .outside import EnvUse

# How a read gets its value: the process environment, our accessor, or another library.
Via = Literal["environment", "config", "decouple"]
# `done`: it reads through the accessor; `codemod`: `hushflake codemod` rewrites it; `opt-in`: a
# transform does that has to be asked for; `no`: it stays.
Rewrite = Literal["done", "codemod", "opt-in", "no"]
SET = "<set>"
COMPUTED = "<computed>"
# The reason of a read whose key is left out, as it is a credential.
CREDENTIAL_KEY = "credential-key"
# The reasons of reads in files that no command rewrites; looked at where everything counts.
EXCLUDED, IGNORED = "excluded", "ignored"


@dataclass(frozen=True)
class Default:
    """A default as it may be shown.

    Attributes:
        text: The literal as source, `<set>` for one that must not be shown, `<computed>` for an
            expression.
        identity: Equal for equal literals, within one run alone: a keyed hash. "" for what
            cannot be compared.
        value: The string it stands for, None unless it is a literal that may be shown.
    """

    text: str
    identity: str = field(default="", repr=False)
    value: str | None = None


@dataclass(frozen=True)
class Read:
    """One place that reads a key. `path` is relative to the root; line and column from 1.

    Attributes:
        form: How it is written: a form of `lint_plugin.analysis.FORMS`, or the function's name.
        via: Where the value comes from.
        default: None when absent or a written `None`.
        required: True when the read fails without the key.
        type: What the code makes of the text, "" when nothing tells.
        reason: Why `hushflake codemod` leaves an environment read, "" when it rewrites it.
        in_test: Whether the file is a test.
        pattern: Of a computed key what is known of it, such as `APP_*`; "" for nothing.
        service: The service class of which it is a field; "" for no field.
        reader: Who reads it: `os.environ`, `hushflake.config`, or the name of a library.
        sources: Where the reader takes its values from, the first one first: `environment`, the
            .env files as the code names them, folders of secrets with `/` at the end.
        wrapper: The function of the code base that the key goes through, "" for none.
        secret: Whether its type hides the value.
        any_case: Whether it takes a key however its letters are spelt.
        followed: Of a computed key, whether all that it can be is known from the calls of the
            function around it.
    """

    path: str
    line: int
    column: int
    form: str
    via: Via
    default: Default | None = None
    required: bool = False
    type: str = ""
    reason: str = ""
    in_test: bool = False
    pattern: str = ""
    service: str = ""
    reader: str = "os.environ"
    sources: tuple[str, ...] = ()
    wrapper: str = ""
    secret: bool = False
    any_case: bool = False
    followed: bool = False

    @property
    def rewrite(self) -> Rewrite:
        """Whether hushflake makes it a read through the accessor."""
        if self.via == "config":
            return "done"
        if self.reader == "pydantic-settings":
            return "opt-in"
        return "codemod" if self.reader == "os.environ" and not self.reason else "no"

    @property
    def place(self) -> str:
        """Where it stands, as `path:line:column`."""
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Named:
    """A key named in a file that is not Python. `how`: set, taken or secret."""

    path: str
    line: int
    kind: str
    how: str


@dataclass
class Key:
    """A configuration key and everything known of it."""

    name: str
    secret: bool
    group: str
    reads: list[Read] = field(default_factory=list)
    named: list[Named] = field(default_factory=list)
    # Kept as a read of the process environment on purpose: a platform key, or one of `keep`.
    kept: bool = False

    @property
    def type(self) -> str:
        """What the code makes of the text: `str` unless reads say otherwise, all that they say."""
        kinds = sorted({read.type for read in self.reads if read.type})
        return " | ".join(kinds) or "str"

    @property
    def required(self) -> bool:
        """Whether a read outside the tests fails without it."""
        return any(read.required for read in self.reads if not read.in_test)

    @property
    def defaults(self) -> list[Default]:
        """The different defaults, in order of their reads; those of tests are not asked."""
        seen: dict[str, Default] = {}
        for read in self.reads:
            if read.default is not None and not read.in_test:
                seen.setdefault(read.default.identity or read.default.text, read.default)
        return list(seen.values())

    @property
    def readers(self) -> list[str]:
        """The libraries that read it otherwise than by `os.environ` or through the accessor."""
        plain = ("os.environ", "hushflake.config")
        return sorted({read.reader for read in self.reads} - {*plain})

    @property
    def conflicting(self) -> bool:
        """Whether two reads give it different literal defaults."""
        return sum(bool(default.identity) for default in self.defaults) > 1

    @property
    def shown_default(self) -> str:
        """The defaults as one text."""
        return ", ".join(dict.fromkeys(default.text for default in self.defaults))


@dataclass(frozen=True)
class Dynamic:
    """A read whose key is worked out when the program runs."""

    read: Read


@dataclass(frozen=True)
class Skipped:
    """A file that could not be taken in, and why; `failed` when it could not be read at all."""

    path: str
    line: int
    column: int
    reason: str
    failed: bool = False


@dataclass(frozen=True)
class EnvFileReader:
    """A place in Python code that takes values from .env files. See `feeding`.

    Attributes:
        reader: The library: `python-dotenv`, `pydantic-settings`, `environs`, …
        path: The Python file, relative to the root; line and column from 1.
        files: The files as the code names them, the later ones over the earlier.
        keys: The keys that it takes by name, or patterns with `*`; None for all that a file holds,
            and where they are not known.
        any_case: Whether it takes a key however its letters are spelt.
        into_environment: Whether it puts the keys into the process environment, where the code,
            libraries and child processes read them.
        rewritten: Whether what it reads was rewritten: it reads through the accessor.
        in_test: Whether the file is a test.
    """

    reader: str
    path: str
    line: int
    column: int
    files: tuple[EnvPath, ...]
    keys: frozenset[str] | None = None
    any_case: bool = False
    into_environment: bool = False
    rewritten: bool = False
    in_test: bool = False

    def may_read(self, file: str) -> bool:
        """Say whether it can be this file that is read. `file`: relative to the root, with `/`."""
        return any(each.may_be(file, self.path) for each in self.files)

    def takes(self, key: str) -> bool:
        """Say whether it takes a key out of a file that it reads."""
        if self.keys is None:
            return True
        fold = str.lower if self.any_case else str
        return any(fnmatchcase(fold(key), fold(name)) for name in self.keys)

    @property
    def place(self) -> str:
        """Where it stands, as `path:line:column`."""
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True)
class DeclaredField:
    """A key that a service class declares. `path` relative to the root; line and column from 1.

    `service` is the name of the class.
    """

    key: DeclaredKey
    path: str
    line: int
    column: int
    service: str = ""


@dataclass
class Inventory:
    """Every configuration key of a code base."""

    root: str
    keys: list[Key]
    dynamic: list[Read] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    # The places outside Python that read .env files.
    env_files: list[EnvUse] = field(default_factory=list)
    # The places in Python code that read .env files.
    env_file_readers: list[EnvFileReader] = field(default_factory=list)
    files: int = 0
    classes: dict[str, str] = field(default_factory=dict)
    """Name of a class that was looked for and is used -> first place."""
    # The keys that service classes outside of tests declare.
    declared: list[DeclaredField] = field(default_factory=list)
    # The Python files that were looked at, as the walk names them.
    python_files: list[str] = field(default_factory=list)
    # What was not looked at, by kind.
    passed_over: dict[str, int] = field(default_factory=dict)

    @cached_property
    def read_keys(self) -> list[Key]:
        """The keys that Python reads and that are not kept for the platform."""
        return [key for key in self.keys if key.reads and not key.kept]

    @cached_property
    def unread_keys(self) -> list[Key]:
        """The keys that are named elsewhere, that no Python file reads and that are not kept."""
        return [key for key in self.keys if not key.reads and not key.kept]

    @property
    def reads_nothing(self) -> bool:
        """Whether nothing that reads configuration was found in Python code, known by name or not.

        A library that takes whole files, or a key that is worked out, reads something.
        """
        is_read = any(key.reads for key in self.read_keys)
        return not (is_read or self.dynamic or self.env_file_readers)

    def reads(self) -> Iterable[Read]:
        """Every read of a key that is not kept."""
        for key in self.read_keys:
            yield from key.reads
        yield from self.dynamic

    def progress(self) -> tuple[int, int]:
        """Return (reads through the accessor, all reads), tests included, kept keys not."""
        reads = list(self.reads())
        return sum(read.via == "config" for read in reads), len(reads)
