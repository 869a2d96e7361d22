"""A secret is logged, printed or put into an exception's message.

Logs are kept for long, read by many and sent to other systems. Log that there is a value, or
its name. What is followed: the read of a secret-looking key, `.reveal()`, and the names that
these are bound to in the same scope, into print, logging, warnings and `raise`.
"""

import ast
import re
from collections.abc import Iterator

from ..analysis.source import Source
from ..analysis.standing import standing_at
from ..flow import leaks
from ..module import Module
from ..node_names import name_of
from ..rule import Report, Rule

_OUTPUT = re.compile(
    r"\bprint|\bpp|\blog|\.(?:debug|info|warn|error|critical)|echo|raise|std(?:out|err)"
)
_REVEAL = re.compile(r"\.\s*(?:reveal|get_secret_value)\s*\(")


class SecretLogged(Rule):
    code = "HSF401"
    message = "the secret {name} is {sink}; log that it is set, not its value"
    VALID = (
        "import os\ntoken = os.getenv('API_TOKEN')\nprint(len(token), token is None)",
        "import os\nurl = os.getenv('URL')\nprint(url)",
        "import os\ntoken = os.getenv('API_TOKEN')\nlogger.info('token ends with %s', token[-4:])",
        "import os\ntoken = os.getenv('API_TOKEN')\nprint(mask(token))",
        "import os\ntoken = os.getenv('API_TOKEN')\nif not token:\n    exit('no token')",
        "import os\ndef f():\n    token = os.getenv('API_TOKEN')\ndef g(token):\n    print(token)",
        "import os\nclient = Client(os.getenv('API_TOKEN'))\nprint(client)",
    )
    INVALID = (
        "import os\nprint(os.getenv('API_TOKEN'))",
        "import os\ntoken = os.environ['API_TOKEN']\nprint(f'using {token}')",
        "import os\ntoken = os.getenv('API_TOKEN')\nlogger.info('using %s', token)",
        "import os\ntoken = os.getenv('API_TOKEN')\nraise ValueError('bad token ' + token)",
        "import os\ntoken = os.getenv('API_TOKEN', '')\nlogging.error('bad {}'.format(token))",
        "import os\ntoken = os.getenv('API_TOKEN')\ncopy = token.strip()\nprint('a', copy)",
        (
            "from hushflake.config import require_config_value\n"
            "password = require_config_value('DB_PASSWORD')\nprint(password)"
        ),
        "print(key.reveal())",
        "text = key.reveal()\nlog.debug(text)",
        (
            "import os\nclass Client:\n    def __init__(self):\n"
            "        self.token = os.getenv('API_TOKEN')\n"
            "    def show(self):\n        print(self.token)"
        ),
    )

    def applies(self, module: Module) -> bool:
        settings = module.policy.settings
        readers = (settings.get_function, settings.require_function)
        reads = module.names_environment or any(name and name in module.text for name in readers)
        reveals = ".reveal" in module.text or ".get_secret_value" in module.text
        # Nearly every such file raises something.
        return (reads or reveals) and (
            "raise" in module.text or _OUTPUT.search(module.text) is not None
        )

    def check(self, module: Module) -> Iterator[Report]:
        reported: set[tuple[int, int]] = set()
        for name, node in (*self._reads(module), *_revealed(module)):
            for leak in leaks(module.index, node):
                start, end = module.source.range(leak.node)
                if (start, end) not in reported:
                    reported.add((start, end))
                    yield Report(start, end, {"name": name, "sink": leak.sink}, name)

    def _reads(self, module: Module) -> Iterator[tuple[str, ast.AST]]:
        for access in module.accesses:
            reads = access.is_read and access.form != "membership"
            if reads and access.key is not None and module.names.kind(access.key):
                yield access.key, access.node
        settings = module.policy.settings
        readers = {
            f"{settings.accessor}.{name}"
            for name in (settings.get_function, settings.require_function)
            if name and name in module.text
        }
        if not readers:
            return
        for use in module.index.uses(settings.accessor.partition(".")[0]):
            place = module.index.place(use.node)
            call = place.parent.node if place and place.parent else None
            if use.origin in readers and isinstance(call, ast.Call) and call.args:
                key = name_of(call.args[0]) if isinstance(call.args[0], ast.Constant) else ""
                if module.names.kind(key):
                    yield key, call


def _revealed(module: Module) -> Iterator[tuple[str, ast.AST]]:
    """Yield the calls of `.reveal()` and of pydantic's `.get_secret_value()`."""
    offsets = [match.start() for match in _REVEAL.finditer(module.text)]
    if not offsets:
        return
    module.index.record(["reveal", "get_secret_value"])
    for here in standing_at(module.index, offsets):
        match here.node:
            case ast.Call(func=ast.Attribute(attr="reveal" | "get_secret_value", value=value)):
                yield _shown(value, module.source), here.node


def _shown(value: ast.expr, source: Source) -> str:
    if isinstance(value, ast.Name | ast.Attribute):
        return source.text(*source.range(value))
    return "value"
