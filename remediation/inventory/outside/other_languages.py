"""Programs in other languages that read a key of their environment by its name.

Whether a .env file feeds one cannot be told from its source, so each counts as fed by those of its
folder and of the folders above.
"""

import re
from collections.abc import Iterator

from .base import EnvUse, Lines
from .tree import Tree

KIND = "program"
# Source of programs: looked through where a key is about to go, and for no list.
KEYS_ALONE = True

_NAME = r"[\"']([A-Za-z_]\w*)[\"']"
# Suffix -> how the language reads a variable.
_READS = {
    "go": rf"\bos\.(?:Getenv|LookupEnv)\(\s*{_NAME}|\benv:\"([A-Za-z_]\w*)",
    "rb": rf"\bENV(?:\.fetch\(|\[)\s*{_NAME}",
    "erb": rf"\bENV(?:\.fetch\(|\[)\s*{_NAME}",
    "php": rf"\b(?:getenv|env)\(\s*{_NAME}|\$_(?:ENV|SERVER)\[\s*{_NAME}",
    "rs": rf"\b(?:env::)?var(?:_os)?\(\s*{_NAME}|\b(?:option_)?env!\(\s*{_NAME}",
    "java": rf"\bgetenv\(\s*{_NAME}",
    "kt": rf"\bgetenv\(\s*{_NAME}",
    "scala": rf"\b(?:getenv|env)\(\s*{_NAME}|\benv\.get\(\s*{_NAME}",
    "properties": r"\$\{([A-Z][A-Z0-9_]*)[:}]",
    "cs": rf"\bGetEnvironmentVariable\(\s*{_NAME}",
    "ex": rf"\bSystem\.(?:get_env|fetch_env!?)\(\s*{_NAME}",
    "exs": rf"\bSystem\.(?:get_env|fetch_env!?)\(\s*{_NAME}",
    "pl": r"\$ENV\{\s*[\"']?([A-Za-z_]\w*)",
    "r": rf"\bSys\.getenv\(\s*{_NAME}",
    "jl": rf"\bENV\[\s*{_NAME}",
    "lua": rf"\bos\.getenv\(\s*{_NAME}",
    "swift": rf"\benvironment\[\s*{_NAME}",
    "dart": rf"\b(?:fromEnvironment\(|environment\[|env\[)\s*{_NAME}",
    "c": rf"\bgetenv\(\s*{_NAME}",
    "cpp": rf"\bgetenv\(\s*{_NAME}",
    "prisma": rf"\benv\(\s*{_NAME}",
    "ps1": r"\$env:([A-Za-z_]\w*)",
    "hcl": rf"\b(?:get_)?env\(\s*{_NAME}",
    "sql": rf"\bgetenv\(\s*{_NAME}",
}
_COMPILED = {suffix: re.compile(pattern) for suffix, pattern in _READS.items()}
_REMEDY = "start it with `hushflake config run -- …`, and the key may go"


def reads(path: str) -> bool:
    return path.rpartition(".")[2].lower() in _READS


def uses(path: str, text: str, _tree: Tree) -> Iterator[EnvUse]:
    seen: set[str] = set()
    lines = Lines(text)
    for match in _COMPILED[path.rpartition(".")[2].lower()].finditer(text):
        key = next(group for group in match.groups() if group)
        if key not in seen:
            seen.add(key)
            yield EnvUse(
                path, lines.at(match.start()), KIND, "", (), frozenset({key}),
                f"reads {key} from its environment", _REMEDY,
            )  # fmt: skip
