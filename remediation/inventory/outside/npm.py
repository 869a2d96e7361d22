"""npm packages: what loads `.env` in the folder of a package.json, and the scripts of that file.

Vite: https://vite.dev/guide/env-and-mode; Next.js: https://nextjs.org/docs/app/guides/environment-variables;
Create React App: https://create-react-app.dev/docs/adding-custom-environment-variables/; Vue CLI,
Gatsby, Expo, Nuxt, Astro and Parcel do the like. Libraries: dotenv and its relatives.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from ..mentions.base import UnreadableError
from .base import EnvUse, beside
from .commands import commands
from .in_commands import Place, uses_in
from .packages import package
from .tree import Tree

KIND = "npm package"

# Package -> what it is called, and the names that it puts into what it builds.
_FRAMEWORKS = {
    "vite": ("Vite", "VITE_*"),
    "vitest": ("Vitest", "VITE_*"),
    "next": ("Next.js", "NEXT_PUBLIC_*"),
    "react-scripts": ("Create React App", "REACT_APP_*"),
    "@vue/cli-service": ("Vue CLI", "VUE_APP_*"),
    "gatsby": ("Gatsby", "GATSBY_*"),
    "expo": ("Expo", "EXPO_PUBLIC_*"),
    "nuxt": ("Nuxt", "NUXT_*"),
    "astro": ("Astro", "PUBLIC_*"),
    "@sveltejs/kit": ("SvelteKit", "PUBLIC_*"),
    "@rsbuild/core": ("Rsbuild", "PUBLIC_*"),
    "parcel": ("Parcel", ""),
}
_LIBRARIES = (
    *("dotenv", "dotenv-flow", "dotenv-safe", "dotenv-expand", "dotenv-cli", "env-cmd"),
    *("@dotenvx/dotenvx", "@nestjs/config", "dotenv-webpack", "@next/env", "dotenv-defaults"),
    *("node-env-file", "react-native-config", "react-native-dotenv", "babel-plugin-inline-dotenv"),
)
# Programs of the libraries that read `.env` of the working folder where no other file is named.
_STARTERS = frozenset({"dotenv", "dotenvx", "env-cmd", "dotenv-flow"})
_PREFIX = re.compile(r"\benvPrefix\s*:\s*(\[[^\]]{0,500}\]|[\"'`][^\"'`]{0,100}[\"'`])")
_FOLDER = re.compile(r"\benvDir\s*:\s*[\"'`]([^\"'`]{1,200})[\"'`]")
_REMEDY = "start it with `hushflake config run -- npm run …`, or leave the keys to the package"
_MOST_SCRIPTS = 300


def reads(path: str) -> bool:
    return path.rpartition("/")[2] == "package.json"


def uses(path: str, text: str, tree: Tree) -> Iterator[EnvUse]:
    document = _document(text)
    needed = {
        name
        for table in ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
        for name in _table(document, table)
    }
    for name, (title, prefix) in _FRAMEWORKS.items():
        if name in needed:
            yield from _framework(path, text, tree, name, title, prefix)
    loader = next((name for name in (*_FRAMEWORKS, *_LIBRARIES) if name in needed), "")
    if loader:
        yield from _whole(path, text, tree, loader)
    yield from _scripts(path, text, document)


def _document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableError("is not JSON") from None
    return document if isinstance(document, dict) else {}


def _table(document: dict[str, Any], name: str) -> dict[str, Any]:
    table = document.get(name)
    return table if isinstance(table, dict) else {}


def _framework(
    path: str, text: str, tree: Tree, name: str, title: str, prefix: str
) -> Iterator[EnvUse]:
    """What a framework puts into the pages that it builds: names by their beginning."""
    folder, keys = ".", {prefix} - {""}
    if name == "vite":
        settings = _settings_of_vite(path, tree)
        for found in _PREFIX.findall(settings):
            keys = {f"{one}*" for one in re.findall(r"[\"'`]([^\"'`]*)[\"'`]", found)}
        folder = (_FOLDER.findall(settings) or ["."])[0]
    if keys:
        yield _use(path, _line_of(text, name), frozenset(keys), f"gives it to {title}", folder)


def _settings_of_vite(path: str, tree: Tree) -> str:
    folder = path.rpartition("/")[0]
    names = (f"vite.config.{suffix}" for suffix in ("ts", "js", "mts", "mjs", "cts", "cjs"))
    found = (tree.text(f"{folder}/{name}".lstrip("/")) for name in names)
    return next((text for text in found if text is not None), "")


def _whole(path: str, text: str, tree: Tree, loader: str) -> Iterator[EnvUse]:
    """A source that takes the whole environment, or one by a name that it works out."""
    found = package(path.rpartition("/")[0], tree)
    if found.all_at is not None:
        does = "takes its whole environment"
        if found.keys is not None:
            does = "reads its environment by names that it is given"
        source, line = found.all_at
        files = beside(path, ".env") + beside(path, ".env.*")
        yield EnvUse(source, line, KIND, ".env", files, found.keys, does, _REMEDY, implied=True)
    elif found.keys is None:
        yield _use(path, _line_of(text, loader), None, "loads it", ".")


def _scripts(path: str, text: str, document: dict[str, Any]) -> Iterator[EnvUse]:
    for name, script in list(_table(document, "scripts").items())[:_MOST_SCRIPTS]:
        if not isinstance(script, str):
            continue
        line = _line_of(text, name)
        found = list(commands(script, line))
        yield from uses_in(found, Place(path, KIND, at_home=True), {})
        for command in found:
            options = [
                word for word in command.words[1:] if word in {"-e", "-f", "--env", "--file"}
            ]
            if command.program in _STARTERS and not options:
                yield _use(path, line, None, f"gives it to `{command.program}`", ".")


def _use(
    path: str, line: int, keys: frozenset[str] | None, does: str, folder: str
) -> EnvUse:  # fmt: skip
    files = [one for name in (".env", ".env.*") for one in beside(path, f"{folder}/{name}")]
    return EnvUse(path, line, KIND, ".env", tuple(files), keys, does, _REMEDY, implied=True)


def _line_of(text: str, name: str) -> int:
    at = text.find(f'"{name}"')
    return text.count("\n", 0, at) + 1 if at >= 0 else 1
