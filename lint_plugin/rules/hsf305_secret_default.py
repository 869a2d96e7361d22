"""A read of a secret has a literal default.

Where the variable is missing, the program runs with a password that everyone knows, and nobody
notices. Make the read a required one: it then fails at the start, where it is cheap.
"""

import ast
from collections.abc import Iterator
from typing import TypeGuard

from ..bindings import text_of
from ..config_reads import config_reads
from ..credentials.display import shown
from ..credentials.values import is_credential
from ..documents.document import Document
from ..documents.secret_entry import is_secret_entry
from ..module import Module
from ..rule import Example, Report, Rule


class SecretDefault(Rule):
    code = "HSF305"
    message = "the read of {key} has a literal default; make it {require}({key})"
    document_message = "the substitution of {key} has a literal default; leave the default out"
    secret = True
    rank = 3
    lenient_in_tests = True
    VALID = (
        "import os\npassword = os.getenv('DB_PASSWORD')",
        "import os\npassword = os.getenv('DB_PASSWORD', '')",
        "import os\npassword = os.getenv('DB_PASSWORD', default)",
        "import os\nmode = os.getenv('APP_MODE', 'hunter2')",
        "import os\nkind = os.getenv('TOKEN_TYPE', 'bearer1')",
    )
    INVALID = (
        "import os\npassword = os.getenv('DB_PASSWORD', 'hunter2')",
        "import os\nkey = os.environ.get('SECRET_KEY', 'dev-secret-1')",
        "from os import getenv\npassword = getenv(key='DB_PASSWORD', default='hunter2')",
        "import os\npassword = os.getenv('DB_PASSWORD') or 'hunter2'",
        "import os\nsettings(os.getenv('DB_PASSWORD') or 'hunter2')",
        "import os\nos.environ.setdefault('DB_PASSWORD', 'hunter2')",
        (
            "from hushflake.config import get_config_value\n"
            "password = get_config_value('DB_PASSWORD', 'hunter2')"
        ),
        (
            "from hushflake.config import get_config_value\n"
            "password = get_config_value('DB_PASSWORD') or 'hunter2'"
        ),
        Example(
            "from core import settings\npassword = settings.read('DB_PASSWORD', 'hunter2')",
            settings={"accessor": "core.settings", "get_function": "read"},
        ),
    )

    def applies(self, module: Module) -> bool:
        reads = module.names_environment or module.policy.settings.get_function in module.text
        return reads and bool(module.bound_lines)

    def check(self, module: Module) -> Iterator[Report]:
        for key, default in (*self._environment_reads(module), *self._config_reads(module)):
            kind = module.names.kind(key)
            if kind is not None and is_credential(text_of(default), kind, key):
                yield Report(*module.source.range(default), {"key": repr(shown(key))}, key)

    def check_document(self, document: Document) -> Iterator[Report]:
        for entry in document.entries:
            if entry.of_variable and is_secret_entry(entry, document):
                yield Report(entry.start, entry.end, {"key": entry.name}, entry.name)

    def _environment_reads(self, module: Module) -> Iterator[tuple[str, ast.Constant]]:
        for access in module.accesses:
            if access.key is None:
                continue
            if _is_text(access.default):
                yield access.key, access.default
            yield from ((access.key, value) for value in _alternatives(module, access.node))

    def _config_reads(self, module: Module) -> Iterator[tuple[str, ast.Constant]]:
        for read in config_reads(module, [module.policy.settings.get_function]):
            if not _is_text(read.key):
                continue
            key = text_of(read.key)
            if _is_text(read.default):
                yield key, read.default
            yield from ((key, value) for value in _alternatives(module, read.call))


def _alternatives(module: Module, read: ast.AST) -> Iterator[ast.Constant]:
    """Yield the literals of `read or "default"`, which is a default in other words."""
    place = module.index.place(read)
    above = place.parent.node if place and place.parent else None
    if isinstance(above, ast.BoolOp) and isinstance(above.op, ast.Or):
        yield from filter(_is_text, above.values)


def _is_text(node: ast.AST | None) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
