"""What a command is given: variables, options, headers and logins, by their place in it.

One table for shell, for `RUN` of a Dockerfile, for `run:` of a workflow and for lists of arguments.
"""

import re
from collections.abc import Iterator, Sequence

from .model import Entry, Scope, Text

# Keys whose value is a command, whole or in words.
_COMMANDS = frozenset(
    {
        *("run", "script", "before_script", "after_script", "command", "commands", "cmd"),
        *("args", "arguments", "entrypoint", "test", "user_data", "userdata", "bootcmd"),
        *("runcmd", "exec", "extraargs", "startup_script", "postcreatecommand", "scripts"),
    }
)
# `NAME=value`, `--set auth.password=value`, `--password=value`, `-Dsecret=value`.
_ASSIGNED = re.compile(r"(?P<name>-{0,2}[A-Za-z_][\w.\-\[\]]{0,100}+)=(?P<value>\S[\s\S]*)")
_OPTION = re.compile(r"--(?P<name>[A-Za-z][\w.-]{2,60})")
# RFC 9110 section 5: `Authorization: Bearer …`, `X-Api-Key: …`.
_HEADER = re.compile(
    r"(?:-H)?\s?(?P<name>(?:Proxy-)?Authorization|(?:[\w-]{0,40}-)?(?:Api-?)?(?:Key|Token|Secret))"
    r":\s?(?:(?:Bearer|Basic|Token|ApiKey)\s{1,9}+)?(?P<value>\S[^\n]{0,2000})",
    re.IGNORECASE,
)
# `-u user:password` of curl and its like.
_LOGIN = re.compile(r"[\w.@+-]{1,60}:(?P<value>\S{1,200})")
_OF_LOGIN = frozenset({"-u", "--user", "--proxy-user", "-U"})
_FETCHERS = frozenset({"curl", "wget", "http", "https", "xh", "lftp"})
# Program, or its first two words -> the options that a password follows, and the one that it is
# written onto.
_OPTIONS: dict[str, tuple[frozenset[str], str]] = {
    **dict.fromkeys(
        ("mysql", "mysqldump", "mysqladmin", "mysqlimport", "mariadb", "mariadb-dump"),
        (frozenset(), "-p"),
    ),
    "mariadb-admin": (frozenset(), "-p"),
    "sshpass": (frozenset({"-p"}), "-p"),
    "docker login": (frozenset({"-p"}), ""),
    "podman login": (frozenset({"-p"}), ""),
    "helm registry": (frozenset({"-p"}), ""),
    "az login": (frozenset({"-p"}), ""),
    "redis-cli": (frozenset({"-a"}), ""),
    "sqlcmd": (frozenset({"-P"}), ""),
    "ldapsearch": (frozenset({"-w"}), ""),
    "mongo": (frozenset({"-p"}), ""),
    "mongosh": (frozenset({"-p"}), ""),
    "twine": (frozenset({"-p"}), ""),
}
_BEFORE_PROGRAMS = frozenset({"sudo", "exec", "time", "env", "nohup", "command", "then", "do"})
_QUOTED = re.compile(r"""(["'])(.*)\1\Z""", re.DOTALL)


def takes_arguments(key: str) -> bool:
    """Say whether the value of a key is a command, or words for one."""
    return key.lower().replace("-", "_").rpartition(".")[2] in _COMMANDS


def in_arguments(text: Text, scope: Scope, words: Sequence[tuple[int, int]]) -> list[Entry]:
    """Return what is given by name in the words of a command.

    Args:
        text: Where they stand.
        scope: What they stand in.
        words: Where each begins and ends, its quotes included if it has any.
    """
    own = Scope(scope.name, scope.above)
    found = list(_entries(text, own, words))
    own.values.update({entry.key: entry.value for entry in found})
    return found


def _entries(text: Text, scope: Scope, words: Sequence[tuple[int, int]]) -> Iterator[Entry]:
    program, before = "", ""
    for span in words:
        start, value = _bare(text, *span)
        assigned = _ASSIGNED.fullmatch(value)
        header = None if assigned else _HEADER.fullmatch(value)
        if assigned:
            # `export NAME=value`, and what the shell sets for one command.
            at = start + _bytes(value, assigned.start("value"))
            at, inner = _bare(text, at, start + len(value.encode()))
            name = assigned["name"].lstrip("-").rpartition(".")[2]
            yield Entry(scope, name, inner, at, at + len(inner.encode()), start)
        elif header:
            at = start + _bytes(value, header.start("value"))
            end = at + len(header["value"].encode())
            yield Entry(scope, header["name"], header["value"].rstrip("\"'"), at, end, start)
        elif before and not value.startswith("-"):
            yield from _after(scope, before, program, (start, value))
        elif value.startswith("-p") and _OPTIONS.get(program, ("", ""))[1] and len(value) > 2:
            yield Entry(scope, "password", value[2:], start + 2, start + len(value.encode()), start)
        elif value[:1] in "{[" and len(value) > 4:
            yield Entry(scope, "", value, start, start + len(value.encode()), start)
        if assigned or value.startswith("-"):
            before = "" if assigned else value
            continue
        before = ""
        if not program and value not in _BEFORE_PROGRAMS:
            program = value.rpartition("/")[2]
        elif f"{program} {value}" in _OPTIONS:
            program = f"{program} {value}"


def _after(scope: Scope, option: str, program: str, word: tuple[int, str]) -> Iterator[Entry]:
    """Yield what an option is followed by."""
    start, value = word
    if option in _OF_LOGIN and program in _FETCHERS:
        login = _LOGIN.fullmatch(value)
        if login:
            at = start + _bytes(value, login.start("value"))
            own = Scope("", scope)
            own.values["user"] = value.partition(":")[0]
            yield Entry(own, "password", login["value"], at, at + len(login["value"].encode()), at)
        return
    named = _OPTION.fullmatch(option)
    name = named["name"] if named else ""
    if option in _OPTIONS.get(program, (frozenset(), ""))[0]:
        name = "password"
    if name:
        yield Entry(scope, name, value, start, start + len(value.encode()), start)


def _bare(text: Text, start: int, end: int) -> tuple[int, str]:
    """Return a word without quotes around it, and where that begins."""
    written = text.shown(start, end)
    quoted = _QUOTED.match(written)
    return (start + 1, quoted[2]) if quoted else (start, written)


def _bytes(value: str, characters: int) -> int:
    return len(value[:characters].encode())
