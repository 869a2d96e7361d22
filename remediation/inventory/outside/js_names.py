"""Names that sources of JavaScript and its relatives read of their environment.

https://nodejs.org/api/process.html#processenv, https://vite.dev/guide/env-and-mode.
"""

import re
from typing import NamedTuple

from .base import Lines

_SUFFIX = re.compile(r"\.(?:[cm]?[jt]sx?|vue|svelte|astro|mdx)$")
_ENVIRONMENT = r"(?:process|import\.meta|globalThis\.process|Bun|Deno)\.env\b"
_READ = re.compile(
    rf"{_ENVIRONMENT}(?:\?\.|\.)?(?:get\(\s*)?(?:(?<=\.)([A-Za-z_$][\w$]*)|\[?\s*[\"'`]([\w.-]+)[\"'`])"
    r"|[\"'`](\w+)[\"'`]\s+in\s+process\.env\b"
)
# const { A, B: b = 1 } = process.env
_TAKEN_APART = re.compile(
    rf"\{{([^{{}}]*)\}}\s{{0,20}}(?::[\w<>., ]{{1,100}})?="
    rf"\s{{0,20}}{_ENVIRONMENT}(?!\s{{0,20}}[.\[?])"
    # SvelteKit: https://svelte.dev/docs/kit/$env-static-private
    r"|\bimport\s{0,20}\{([^{}]*)\}\s{0,20}from\s{0,20}[\"']\$env/static/\w+[\"']"
)
# process.env[name], and nothing that puts a name together.
_BY_NAME = re.compile(rf"{_ENVIRONMENT}\s{{0,20}}\[\s{{0,20}}[A-Za-z_$][\w$.]*\s{{0,20}}\]")
_QUOTED = re.compile(r"[\"'`]([A-Z][A-Z0-9_]{1,100})[\"'`]")
_WHOLE = re.compile(
    # process.env[`${prefix}_URL`]
    rf"{_ENVIRONMENT}(?:\s{{0,20}}\[\s{{0,20}}"
    r"(?![\"'\s]|[A-Za-z_$][\w$.]*\s{0,20}\]|`[^`$]*`)"
    # { ...process.env }, env = process.env;
    r"|\s*[,;)}\]\n]|\s+as\b|$)"
    # An empty prefix: all of the file, and not the names that a browser may see.
    r"|\bloadEnv\s*\([^()]{0,200}(?:\([^()]{0,200}\)[^()]{0,200})?,\s*[\"'`][\"'`]"
    r"|[\"']\$env/dynamic/"
)
_COMMENT = re.compile(r"(?m)^[ \t]*(?://|\*\s).*$")


class Names(NamedTuple):
    """What a source file reads.

    Attributes:
        keys: Key -> its first line.
        all_at: The line of a use of the whole environment, 0 for none.
        by_name_at: The line of a read by a name in a variable, 0 for none.
    """

    keys: dict[str, int]
    all_at: int = 0
    by_name_at: int = 0


def is_source(path: str) -> bool:
    """Say by its name whether a file is a source."""
    return _SUFFIX.search(path) is not None and not path.endswith((".d.ts", ".min.js"))


def names(text: str) -> Names:
    """Return what a source reads of its environment."""
    keys: dict[str, int] = {}
    if "env" not in text and "loadEnv" not in text:
        return Names(keys)
    lines = Lines(text)
    text = _COMMENT.sub(lambda match: " " * len(match[0]), text)
    for match in _READ.finditer(text):
        key = match[1] or match[2] or match[3]
        if key and key != "get":
            keys.setdefault(key, lines.at(match.start()))
    taken: list[tuple[int, int]] = []
    for match in _TAKEN_APART.finditer(text):
        taken.append(match.span())
        for part in (match[1] or match[2] or "").split(","):
            name = re.match(r"\s*([A-Za-z_$][\w$]*)", part)
            if name:
                keys.setdefault(name[1], lines.at(match.start()))
            elif "..." in part:
                return Names(keys, lines.at(match.start()))
    for match in _WHOLE.finditer(text):
        if not any(start <= match.start() < end for start, end in taken):
            return Names(keys, lines.at(match.start()))
    by_name = _BY_NAME.search(text)
    return Names(keys, 0, lines.at(by_name.start()) if by_name else 0)


def quoted(text: str) -> set[str]:
    """Return the texts of a source that can be names of variables."""
    return set(_QUOTED.findall(text))
