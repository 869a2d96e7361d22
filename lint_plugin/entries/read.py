"""Read a configuration file by the name of its form, and the texts that stand in its values.

A workflow holds shell, a ConfigMap holds properties, and an environment is often a list of
`NAME=value`. These are read in place, so that offsets stay those of the file.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from importlib import import_module

from .arguments import takes_arguments
from .model import Entry, MissingReaderError, Reader, Reading, Scope, Text
from .shadow import shadow

# Form -> module and function.
_READERS = {
    "yaml": ("yaml_file", "read"),
    "json": ("json_file", "read"),
    "toml": ("toml_file", "read"),
    "hcl": ("hcl_file", "read"),
    "ini": ("lines_file", "read_ini"),
    "env": ("lines_file", "read_env"),
    "properties": ("lines_file", "read_properties"),
    "dockerfile": ("docker_file", "read"),
    "shell": ("shell_file", "read"),
}
# What a key such as `application.properties` in a ConfigMap says of its value.
_SUFFIXES = {
    "env": "env",
    "properties": "properties",
    "ini": "ini",
    "cfg": "ini",
    "cnf": "ini",
    "yaml": "yaml",
    "yml": "yaml",
    "json": "json",
    "toml": "toml",
    "sh": "shell",
    "bash": "shell",
    "py": "",
    "md": "",
    "sql": "",
    "js": "",
}
_DEEPEST = 3
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,100}=(?=\S)")
_PAIR_LINE = re.compile(r"^[ \t]*(?:export )?[A-Za-z_][\w.-]{0,100}[ \t]*=[ \t]*\S", re.MULTILINE)
_HEADER = re.compile(
    r"(?:Authorization|X-[\w-]{0,40}(?:Key|Token)):[ \t]*+(?:(?:Bearer|Basic|Token)[ \t]++)?(?=\S)",
    re.IGNORECASE,
)
# The default of POSIX's parameter expansion, as Compose has it too: `${NAME:-default}`.
_DEFAULT = re.compile(r"\$\{(?P<name>[A-Za-z_]\w{0,100}):?[-=](?P<value>[^{}$\n]{1,300})\}")
# Bytes of a value that may be a text of its own.
_LARGEST_INNER = 200_000


def reader(form: str) -> Reader:
    """Return the reader of a form."""
    module, function = _READERS[form]
    found: Reader = getattr(import_module(f"{__package__}.{module}"), function)
    return found


def read(form: str, utf8: bytes) -> Reading:
    """Read a file.

    Args:
        form: What it is written in.
        utf8: Its text.

    Raises:
        MissingReaderError: A library that the form needs is not installed.
    """
    whole = Text(utf8, shadow(utf8), 0, len(utf8))
    found = reader(form)(whole)
    entries: list[Entry] = []
    for entry in found.entries:
        entries.extend(_with_inner(whole, entry))
    return found._replace(entries=entries)


def _with_inner(text: Text, entry: Entry) -> Iterator[Entry]:
    """Yield an entry, decoded where it is of a Kubernetes secret, and what its value holds."""
    decoded = _of_kubernetes_secret(entry)
    if decoded is not None:
        yield entry._replace(value=decoded, is_encoded=True)
        return
    yield entry
    if "${" in entry.value:
        for match in _DEFAULT.finditer(text.shown(entry.start, entry.end)):
            yield _matched(entry, match, entry.start)._replace(of_variable=match["name"])
    form = _inner_form(entry) if text.depth < _DEEPEST else ""
    if form:
        part = text.part(entry.start, entry.end)
        try:
            inner = reader(form)(part).entries
        except MissingReaderError:
            return
        for each in inner:
            if each.start > entry.start or each.end < entry.end:
                yield from _with_inner(part, _below(each, entry))
    elif "\n" not in entry.value:
        yield from _pairs(text, entry)


def _below(each: Entry, entry: Entry) -> Entry:
    """Return an entry of an inner text with the scopes of the outer one around it."""
    top = each.scope
    while top.above is not None:
        if top is entry.scope:
            return each
        top = top.above
    if top is not entry.scope and not top.name:
        top.name, top.above = entry.key, entry.scope
    return each


def _matched(entry: Entry, match: re.Match[str], offset: int) -> Entry:
    start = offset + len(match.string[: match.start("value")].encode())
    return entry._replace(
        value=match["value"], start=start, end=start + len(match["value"].encode())
    )


def _inner_form(entry: Entry) -> str:
    value = entry.value
    if entry.end - entry.start > _LARGEST_INNER or len(value) < 6:
        return ""
    if value.lstrip()[:1] == "{" and '"' in value:
        return "json"
    if takes_arguments(entry.key):
        return "shell"
    if "\n" not in value:
        return ""
    suffix = entry.key.rpartition(".")[2].lower()
    if suffix in _SUFFIXES and suffix != entry.key:
        return _SUFFIXES[suffix]
    if value.startswith("#!"):
        return "shell"
    return "env" if _PAIR_LINE.search(value) else ""


def _pairs(text: Text, entry: Entry) -> Iterator[Entry]:
    """Yield what a text of one line is made of: `NAME=value`, or a header and its value."""
    written = text.shown(entry.start, entry.end)
    match = _VARIABLE.match(written)
    if match:
        name = match[0][:-1]
    else:
        match = _HEADER.match(written)
        name = match[0].partition(":")[0] if match else ""
    if match and name != entry.key:
        start = entry.start + match.end()
        value = written[match.end() :]
        if len(value) > 1 and value[0] in "\"'" and value[0] == value[-1]:
            start, value = start + 1, value[1:-1]
        yield Entry(
            Scope(entry.key, entry.scope), name, value, start, start + len(value.encode()), start
        )


def _of_kubernetes_secret(entry: Entry) -> str | None:
    """Return what a value in `data` of a `kind: Secret` says, decoded from base64; else None."""
    above = entry.scope.above
    if entry.scope.name != "data" or above is None or above.values.get("kind") != "Secret":
        return None
    try:
        return base64.b64decode("".join(entry.value.split()), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
