"""JavaScript and its relatives: `process.env.KEY`, `import.meta.env.KEY`, files given to dotenv.

https://github.com/motdotla/dotenv. What a package loads without saying so is in `npm`.
"""

import re
from collections.abc import Iterator

from .base import EnvUse, Lines, from_anywhere, is_outside, names_env_file
from .js_names import is_source, names
from .packages import folder_of, package
from .tree import Tree

KIND = "JavaScript"
# Source of programs: looked through where a key is about to go, and for no list.
KEYS_ALONE = True

reads = is_source
# dotenv.config({ path: "../.env" }), config({ path: path.resolve(__dirname, ".env") })
_PATHS = re.compile(r"\bpath\s*:\s*([^\n}]{0,200})")
_TEXT = re.compile(r"[\"'`]([^\"'`\n]{1,200})[\"'`]")
_REMEDY = "start it with `hushflake config run -- …`, and the key may go"


def uses(path: str, text: str, tree: Tree) -> Iterator[EnvUse]:
    for key, line in names(text).keys.items():
        yield EnvUse(
            path, line, KIND, "", (), frozenset({key}), f"reads {key} from its environment", _REMEDY
        )
    if "env" not in text or "path" not in text:
        return
    lines = Lines(text)
    for match in _PATHS.finditer(text):
        parts = [part for part in _TEXT.findall(match[1]) if part not in {"utf8", "utf-8"}]
        written = "/".join(re.sub(r"\$\{[^}]{0,400}+\}", "*", part) for part in parts)
        if names_env_file(written):
            # With no read in sight, something else reads what it loads.
            keys = package(folder_of(path, tree), tree).keys or None
            yield EnvUse(
                path, lines.at(match.start()), KIND, written, from_anywhere(path, written), keys,
                "loads it", _REMEDY, "tracked" if is_outside(written) else "always",
            )  # fmt: skip
