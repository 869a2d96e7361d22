"""A `.env` file is loaded: `load_dotenv`, `find_dotenv` or `dotenv_values`.

A file of secrets beside the source is copied, mailed and committed. The accessor reads the same
keys from the configuration store, or from the environment where a program is run. Remove the
loader; `hushflake dotenv retire` moves what the files hold. A repository whose
`[tool.hushflake.config]` has `mode = "development"` and no source says that .env files feed it, as
`hushflake migrate` writes it where they stay: its loaders are notes until a source is configured.
"""

import ast
from collections.abc import Iterator

from ..module import Module
from ..rule import Example, Report, Rule

_LOADERS = {"load_dotenv", "find_dotenv", "dotenv_values"}


class DotenvLoader(Rule):
    code = "HSF201"
    message = "{name} loads a .env file; {remedy}"
    VALID = (
        "def load_dotenv(): ...\nload_dotenv()",
        "from dotenv import set_key\nset_key('.env', 'A', 'b')",
        Example(
            "from dotenv import load_dotenv\nload_dotenv()",
            path="core/settings.py",
            settings={"accessor": "core.settings"},
        ),
    )
    INVALID = (
        "from dotenv import load_dotenv\nload_dotenv()",
        "import dotenv\ndotenv.load_dotenv('.env.local')",
        "from dotenv import load_dotenv as load, find_dotenv\nload(find_dotenv())",
        "from dotenv.main import dotenv_values\nvalues = dotenv_values()",
        "from dotenv import load_dotenv",
    )

    def applies(self, module: Module) -> bool:
        return b"dotenv" in module.utf8 and not module.policy.is_accessor(module.relative)

    def check(self, module: Module) -> Iterator[Report]:
        is_fed = module.policy.settings.fed_by_files
        for start, end, name in _loaders(module):
            yield Report(start, end, _facts(module, name), name, is_note=is_fed)


def _facts(module: Module, name: str) -> dict[str, str]:
    settings = module.policy.settings
    remedy = f"remove it and read through {settings.accessor}"
    if settings.fed_by_files:
        remedy = "`hushflake dotenv retire --to TARGET` moves what it holds"
    return {"name": name, "remedy": remedy}


def _loaders(module: Module) -> Iterator[tuple[int, int, str]]:
    """Yield each loader that is called or named, and each import of one that nothing uses."""
    index, end_of_last, used = module.index, 0, set()
    for use in index.uses("dotenv"):
        name = use.origin.rpartition(".")[2]
        if name not in _LOADERS:
            continue
        used.add(use.binding.alias)
        place = index.place(use.node)
        above = place.parent.node if place and place.parent else None
        node = above if isinstance(above, ast.Call) and above.func is use.node else use.node
        start, end = module.source.range(node)
        # `load_dotenv(find_dotenv())` is one thing to remove.
        if start >= end_of_last:
            end_of_last = end
            yield start, end, name
    for binding in index.imports("dotenv"):
        name = (binding.origin or "").rpartition(".")[2]
        if name in _LOADERS and binding.alias is not None and binding.alias not in used:
            yield *module.source.range(binding.alias), name
