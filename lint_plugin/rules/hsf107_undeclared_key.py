"""A key is read that is not declared, or that is deprecated.

Where `[tool.hushflake.keys]` declares the configuration of a repository, a key that is missing
there has no type, no owner and no place in the templates: a deployment learns of it when the
program fails. Declare the key, or read the one that was meant. A deprecated name is reported
with its successor. A computed key such as `f"APP_{name}"` is looked for as the pattern `APP_*`;
of a key that is nothing but a variable nothing can be said. Without the table the rule is silent.
"""

import ast
from collections.abc import Iterator

from ..config_reads import config_reads
from ..credentials.display import holds_credential, shown
from ..key_text import constant_key, key_pattern
from ..module import Module
from ..rule import Example, Report, Rule

_KEYS = {
    "keys": {
        "URL": {"type": "url", "deprecated-aliases": {"ADDRESS": "2027-01-31"}},
        "APP_*": {},
        "OLD": {"deprecated": "nothing reads it"},
    }
}


def _example(source: str) -> Example:
    return Example(
        source, settings=_KEYS, note="declared: URL (earlier ADDRESS), APP_*, OLD (deprecated)"
    )


class UndeclaredKey(Rule):
    code = "HSF107"
    message = "{objection}"
    lenient_in_tests = True
    VALID = (
        "import os\nurl = os.getenv('UNDECLARED')",
        _example("import os\nurl = os.getenv('URL')"),
        _example("import os\nname = os.environ['APP_NAME']"),
        _example("import os\nvalue = os.environ[f'APP_{name}']"),
        _example("import os\nvalue = os.getenv(name)"),
        # The platform's, and so not the application's.
        _example("import os\npath = os.environ['PATH']"),
        _example("import os\nos.environ['OTHER'] = '1'"),
    )
    INVALID = (
        _example("import os\nurl = os.getenv('URLS')"),
        _example("import os\nurl = os.environ['ADDRESS']"),
        _example("import os\nold = os.environ.get('OLD')"),
        _example("import os\nKEY = 'PORT'\nport = os.environ[KEY]"),
        _example("import os\nvalue = os.getenv(f'OTHER_{name}')"),
        _example("from hushflake.config import require_config_value as need\nneed('PORT')"),
        _example("import click\n@click.option('--port', envvar='PORT')\ndef main(port): ..."),
    )

    def applies(self, module: Module) -> bool:
        if not module.policy.settings.keys:
            return False
        return module.may_be_silent or any(name in module.text for name in _functions(module))

    def check(self, module: Module) -> Iterator[Report]:
        declared, policy = module.policy.declared, module.policy
        named = [
            (node, constant_key(module.index, key_node) or key_pattern(key_node))
            for node, key_node in (*_environment(module), *_accessor(module))
        ]
        named += [(key.node, key.name) for found in module.silent for key in found.keys]
        for node, key in named:
            # A credential in the place of a key is another rule's.
            if not key or policy.keeps(key) or holds_credential(key):
                continue
            objection = declared.objection(key)
            if objection:
                yield Report(*module.source.range(node), {"objection": objection}, shown(key))


def _functions(module: Module) -> list[str]:
    settings = module.policy.settings
    named = (settings.get_function, settings.require_function, settings.has_function)
    return [function for function in named if function]


def _environment(module: Module) -> Iterator[tuple[ast.AST, ast.expr]]:
    for access in module.accesses:
        if access.is_read and access.key_node is not None:
            yield access.node, access.key_node


def _accessor(module: Module) -> Iterator[tuple[ast.AST, ast.expr]]:
    for read in config_reads(module, _functions(module)):
        if read.key is not None:
            yield read.call, read.key
