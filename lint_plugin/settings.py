"""`[tool.hushflake]` of the target repository's `pyproject.toml`, as one typed value.

`codemod`, `check` and the flake8 plugin read it here and nowhere else. A field of `Settings`
is the declaration of its key: its name with dashes, its type, its default.
"""

import os
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from .errors import LintFailureError, SettingsError
from .path_patterns import PathPatterns, wildcards
from .platform_keys import PLATFORM_KEYS
from .reading import LARGEST_TEXT, is_inside, read

if TYPE_CHECKING:
    from hushflake.config.declared.key import DeclaredKey

    from .declared.keys import DeclaredKeys

KEY_STYLES = ("keep", "snake", "path")
VERSION_CONTROL = (".git", ".hg", ".svn")
# What becomes part of source, and of the path of a module.
_IDENTIFIERS = ("accessor", "get-function", "require-function", "has-function")


class Settings(NamedTuple):
    """What a repository says about itself. Paths and patterns are relative to `root`."""

    # Where the accessor is, and what its three functions are called. A function named "" does
    # not exist: reads of its form are left as they are, and are no finding.
    accessor: str = "hushflake.config"
    get_function: str = "get_config_value"
    require_function: str = "require_config_value"
    has_function: str = "has_config_value"
    # Keys that stay reads of the process environment: `keep` adds to `platform_keys`.
    keep: tuple[str, ...] = ()
    platform_keys: tuple[str, ...] = tuple(PLATFORM_KEYS)
    # Kinds of files to look at, as `kinds.table.Kinds` reads them; empty for the default ones.
    files: tuple[str, ...] = ()
    # Files that no command looks at, and files that run before the accessor can be imported.
    exclude: tuple[str, ...] = ()
    bootstrap: tuple[str, ...] = ("setup.py",)
    # Files whose findings are of lower severity.
    test_files: tuple[str, ...] = (
        *("tests/", "test/", "**/tests/**", "test_*.py", "*_test.py", "tests.py", "conftest.py"),
        *("unittests/", "**/testdata/**", "**/cassettes/**"),
    )
    # Names that look secret, beyond the shipped words; names that only sound so.
    secret_names: tuple[str, ...] = ()
    public_names: tuple[str, ...] = ()
    # Which rules: codes or their beginnings. An empty `select` is the default set.
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = {}
    baseline: str = ""
    # How the codemod spells keys: as they are, `snake`, `path`; a TOML file renames them.
    key_style: str = "keep"
    key_mapping: str = ""
    # Service group -> patterns of keys, in front of the shipped rows of `inventory`.
    service_groups: Mapping[str, tuple[str, ...]] = {}
    # The keys that the repository declares: name or pattern -> what is said of it.
    keys: Mapping[str, "DeclaredKey"] = {}
    # Documents that are written of the declared keys: their kind -> their file.
    generated: Mapping[str, str] = {}
    # Virtual environments that `clean` never removes: names or paths, with `*`.
    keep_venv: tuple[str, ...] = (".venv",)
    # Whether `[tool.hushflake.config]` says that .env files feed the application: development
    # mode, and no other source. Worked out, and no key of the table.
    fed_by_files: bool = False
    # The folder that all of this is relative to, absolute.
    root: str = ""

    def relative(self, path: str) -> str:
        """Return `path` as seen from the root, with `/` between its parts."""
        absolute = os.path.abspath(path)
        if self.root and absolute.startswith(self.root.rstrip(os.sep) + os.sep):
            absolute = absolute[len(self.root.rstrip(os.sep)) + 1 :]
        elif self.root:
            absolute = os.path.relpath(absolute, self.root)
        return absolute.replace(os.sep, "/")

    @property
    def generated_module(self) -> tuple[str, ...]:
        """The parts of the path of the module that `config codegen` writes, without its suffix."""
        file = self.generated.get("module", "")
        parts = tuple(part for part in file.removesuffix(".py").split("/") if part != ".")
        return parts if file.endswith(".py") and all(map(str.isidentifier, parts)) else ()

    @property
    def accessors(self) -> tuple[str, ...]:
        """The dotted names of all modules that have the accessor's functions.

        A program may be started in any folder above the generated module.
        """
        parts = self.generated_module
        names = (".".join(parts[begin:]) for begin in range(len(parts)))
        return tuple(dict.fromkeys((self.accessor, *names)))

    def named_file(self, key: str) -> str:
        """Return the file that a setting names, absolute, or nothing where it names none.

        A repository chooses among its own files. Any other file is chosen on the command line.

        Raises:
            SettingsError: It lies outside of the root, or in the folder of version control; links
                on the way count.
        """
        value: str = getattr(self, key.replace("-", "_"))
        return self.inner_file(value, key) if value else ""

    def inner_file(self, value: str, key: str) -> str:
        """Return a file of the repository that a setting names, absolute.

        Args:
            value: Relative to the root.
            key: The setting, for messages.

        Raises:
            SettingsError: It lies outside of the root, or in the folder of version control; links
                on the way count.
        """
        if "\0" in value:
            raise SettingsError(
                f"{os.path.join(self.root, 'pyproject.toml')}:1:1: {key} of [tool.hushflake] is "
                "not the name of a file: it holds NUL"
            )
        path = os.path.join(self.root, value)
        inner = os.path.relpath(os.path.realpath(path), os.path.realpath(self.root)).split(os.sep)
        if not is_inside(path, self.root) or inner[0] in VERSION_CONTROL:
            raise SettingsError(
                f"{os.path.join(self.root, 'pyproject.toml')}:1:1: {key} of [tool.hushflake] leads "
                "out of the repository; name a file inside, or that file on the command line"
            )
        return path


# Fields that are no keys of a file, and the table that belongs to the run-time library.
_INTERNAL = {"root", "fed_by_files"}
_ELSEWHERE = {"config"}
KEYS: dict[str, Any] = {
    name.replace("_", "-"): hint
    for name, hint in Settings.__annotations__.items()
    if name not in _INTERNAL
}


class Policy:
    """Answers to the questions of a run about keys and files; made once for a `Settings`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._exclude = PathPatterns(settings.exclude)
        self._bootstrap = PathPatterns(settings.bootstrap)
        self._tests = PathPatterns(settings.test_files)
        module = settings.accessor.replace(".", "/")
        self._accessor = PathPatterns([f"**/{module}.py", f"**/{module}/__init__.py"])
        patterns = [*settings.platform_keys, *settings.keep]
        self._kept = frozenset(pattern for pattern in patterns if "*" not in pattern)
        self._kept_patterns = [pattern for pattern in patterns if "*" in pattern]
        self._kept_regex: re.Pattern[str] | None = None

    @cached_property
    def declared(self) -> "DeclaredKeys":
        """The declared keys; false where there are none."""
        from .declared.keys import DeclaredKeys

        return DeclaredKeys(self.settings.keys)

    def keeps(self, key: str) -> bool:
        """Say whether `key` stays a read of the process environment."""
        if key in self._kept:
            return True
        if self._kept_regex is None:
            spelt = (wildcards(pattern) for pattern in self._kept_patterns)
            self._kept_regex = re.compile("|".join(spelt) or "(?!)", re.DOTALL)
        return self._kept_regex.fullmatch(key) is not None

    def is_excluded(self, relative: str) -> bool:
        """Say whether no command looks at this file. `relative`: as `Settings.relative` has it."""
        return self._exclude.match(relative)

    def is_bootstrap(self, relative: str) -> bool:
        """Say whether this file runs before the accessor can be imported."""
        return self._bootstrap.match(relative)

    def is_test(self, relative: str) -> bool:
        """Say whether this file is a test: its findings weigh less."""
        return self._tests.match(relative)

    def is_accessor(self, relative: str) -> bool:
        """Say whether this file is the accessor module itself."""
        return self._accessor.match(relative)


def load(paths: Iterable[str] = (".",)) -> Settings:
    """Read the settings that hold for `paths`.

    They are those of the nearest `pyproject.toml` with a `[tool.hushflake]` table, upward from
    the deepest folder that holds all the paths. Without one, the defaults, with the nearest
    folder upward that holds a `pyproject.toml` or a version control folder as the root.

    Raises:
        SettingsError: The table holds an unknown key or a value of a wrong type.
        LintFailureError: The file cannot be read.
    """
    start = _common_folder(paths)
    fallback = ""
    for folder in _upward(start):
        file = os.path.join(folder, "pyproject.toml")
        try:
            data = read(file, LARGEST_TEXT)
        except (FileNotFoundError, NotADirectoryError):
            data = None
        except OSError as error:
            raise LintFailureError(f"{file}: cannot be read: {error.strerror}") from None
        # Most files never name the tool: they need no TOML parser.
        if data is not None and b"hushflake" in data:
            table = _table(file, data)
            if table is not None:
                return from_table(table, root=folder, file=file, text=data.decode("utf-8"))
        if not fallback and (data is not None or _is_repository(folder)):
            fallback = folder
    return Settings(root=fallback or start)


def from_table(
    table: Mapping[str, Any], *, root: str, file: str = "pyproject.toml", text: str = ""
) -> Settings:
    """Check a `[tool.hushflake]` table and return its settings.

    Args:
        table: The table as a TOML parser returns it.
        root: The folder that its paths are relative to.
        file: The name of the file, for messages.
        text: The text of the file, for the line in messages.

    Raises:
        SettingsError: An unknown key or a value of a wrong type.
    """
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key in _ELSEWHERE:
            continue
        place = _place(file, text, key)
        if key not in KEYS:
            raise SettingsError(f"{place}: unknown key {key!r} in [tool.hushflake]{_near(key)}")
        if key == "keys":
            values["keys"] = _declared(value, file, text)
            continue
        values[key.replace("-", "_")] = _checked(key, value, place)
    style = values.get("key_style", "keep")
    if style not in KEY_STYLES:
        raise SettingsError(
            f"{_place(file, text, 'key-style')}: key-style is {_word(style)}, "
            f"but must be one of {', '.join(KEY_STYLES)}"
        )
    return Settings(**values, fed_by_files=_is_fed_by_files(table.get("config")), root=root)


def _is_fed_by_files(config: Any) -> bool:
    if not isinstance(config, dict) or config.get("mode") != "development":
        return False
    return not any(config.get(source) for source in ("esc", "keyring", "stores", "sources"))


def _declared(table: Any, file: str, text: str) -> Mapping[str, "DeclaredKey"]:
    # Here, for most repositories declare none.
    from .declared.place import place_in
    from .declared.table import read_table

    return read_table(table, lambda name, field: place_in(file, text, name, field))


def _checked(key: str, value: Any, place: str) -> Any:
    """Return `value` in the type of its field."""
    hint = KEYS[key]
    if key in _IDENTIFIERS and isinstance(value, str):
        _check_name(key, value, place)
    if hint is str and isinstance(value, str):
        return value
    if hint == tuple[str, ...] and _is_list_of_strings(value):
        return tuple(value)
    is_named = hint == Mapping[str, str] and isinstance(value, dict)
    if is_named and all(isinstance(each, str) and each for each in value.values()):
        return dict(value)
    is_table = hint == Mapping[str, tuple[str, ...]] and isinstance(value, dict)
    if is_table and all(map(_is_list_of_strings, value.values())):
        return {pattern: tuple(codes) for pattern, codes in value.items()}
    wanted = {
        str: "a string",
        tuple[str, ...]: "a list of strings",
        Mapping[str, tuple[str, ...]]: "a table of lists of strings",
        Mapping[str, str]: "a table of strings",
    }[hint]
    raise SettingsError(f"{place}: {key} must be {wanted}")


def _check_name(key: str, value: str, place: str) -> None:
    parts = value.split(".") if key == "accessor" else [value]
    if (value or key == "accessor") and not all(part.isidentifier() for part in parts):
        wanted = "a dotted name of a module" if key == "accessor" else "the name of a function"
        raise SettingsError(f"{place}: {key} must be {wanted}")


def _is_list_of_strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _word(value: str) -> str:
    """Return a value for a message: one word of letters, or nothing of it at all."""
    return repr(value) if value.isalpha() and len(value) <= 12 else "something else"


def _near(key: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key.replace("_", "-").lower(), KEYS, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; known keys: {', '.join(sorted(KEYS))}"


def _place(file: str, text: str, key: str) -> str:
    """Return `file:line:column` of a key, as well as a search for its name tells."""
    for number, line in enumerate(text.splitlines(), start=1):
        match = re.match(rf"""\s*["']?{re.escape(key)}["']?\s*[=.]""", line)
        if match:
            return f"{file}:{number}:{len(line) - len(line.lstrip()) + 1}"
    return f"{file}:1:1"


def _table(file: str, data: bytes) -> Mapping[str, Any] | None:
    from .toml import parsed

    try:
        document = parsed(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise SettingsError(f"{file}:1:1: must be UTF-8, as TOML is") from None
    except RecursionError:
        raise SettingsError(f"{file}:1:1: is nested too deeply") from None
    # A number of thousands of digits is a ValueError of another kind.
    except ValueError as error:
        match = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        line, column = match.groups() if match else (1, 1)
        raise SettingsError(f"{file}:{line}:{column}: is not valid TOML") from None
    tool = document.get("tool")
    table = tool.get("hushflake") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise SettingsError(f"{file}:1:1: tool.hushflake must be a table")
    return table


def _common_folder(paths: Iterable[str]) -> str:
    absolute = [os.path.abspath(path) for path in paths] or [os.getcwd()]
    common = os.path.commonpath(absolute)
    return common if os.path.isdir(common) else os.path.dirname(common)


def _upward(folder: str) -> Iterable[str]:
    while True:
        yield folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return
        folder = parent


def _is_repository(folder: str) -> bool:
    return any(os.path.exists(os.path.join(folder, name)) for name in VERSION_CONTROL)
