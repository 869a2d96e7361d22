"""A library that reads the environment and `.env` files by itself is in use.

python-decouple, environs, django-environ and dynaconf each find, cast and cache configuration in
their own way. Read through the accessor instead, and cast where the value is used. Off by
default: which library reads configuration is a choice, this one is only not the accessor.
"""

import ast
import re
from collections.abc import Callable, Iterator

from ..module import Module
from ..rule import Report, Rule

# Module -> what of it reads, or makes a reader.
_READERS = {
    "decouple": {"config", "Config", "AutoConfig"},
    "environs": {"Env", "env"},
    "environ": {"Env"},
    "dynaconf": {"Dynaconf", "LazySettings", "settings"},
}


def _imported_in(module: Module) -> Callable[[str], bool]:
    """Return what says whether a module is imported: `environ` stands in many files otherwise."""

    def is_imported(name: str) -> bool:
        pattern = rf"(?:from[ \t]+|import[ \t][^\n]*?\b){name}\b"
        return name in module.text and re.search(pattern, module.text) is not None

    return is_imported


class ConfigReader(Rule):
    code = "HSF202"
    message = "{module} reads configuration past {accessor}; use {get}"
    default = False
    VALID = (
        "from decouple import Csv\nparse = Csv()",
        "def config(key): ...\nconfig('URL')",
        "import environ",
    )
    INVALID = (
        "from decouple import config\nurl = config('URL')",
        "from environs import Env\nenv = Env()",
        "import environ\nenv = environ.Env(DEBUG=(bool, False))",
        "from dynaconf import settings\nurl = settings.URL",
    )

    def applies(self, module: Module) -> bool:
        return any(map(_imported_in(module), _READERS))

    def check(self, module: Module) -> Iterator[Report]:
        is_imported = _imported_in(module)
        for name, members in _READERS.items():
            if not is_imported(name):
                continue
            for use in module.index.uses(name):
                imported = use.binding.kind == "import"
                if imported and members.intersection(use.origin.split(".")[1:3]):
                    place = module.index.place(use.node)
                    above = place.parent.node if place and place.parent else None
                    called = isinstance(above, ast.Call) and above.func is use.node
                    node = above if called and above is not None else use.node
                    yield Report(*module.source.range(node), {"module": name}, use.origin)
