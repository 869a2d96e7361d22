"""The whole environment is printed, logged or serialised.

With it go all the secrets of the process, to wherever logs and dumps go. Name the keys that
matter. What is followed: `os.environ`, copies of it and loops over it, into print, logging,
`raise` and functions that serialise.
"""

import ast
from collections.abc import Iterator

from ..flow import leaks
from ..module import Module
from ..rule import Report, Rule

_WHOLE = {"mapping", "copy", "iteration", "rebinding"}
_SERIALISERS = frozenset({"dumps", "dump", "safe_dump", "write_text", "pformat"})


class EnvironmentDumped(Rule):
    code = "HSF402"
    message = "the whole environment is {sink}, with every secret in it; name the keys that matter"
    VALID = (
        "import os\nprint(len(os.environ))",
        "import os\nrun(env=dict(os.environ))",
        "import os\nprint(sorted(os.environ.keys()))",
        "import os\nfor key, value in os.environ.items():\n    print(key)",
        "import os\nprint('DEBUG' in os.environ)",
    )
    INVALID = (
        "import os\nprint(os.environ)",
        "import os, json\ntext = json.dumps(dict(os.environ))",
        "import os\nlogger.debug('environment: %s', os.environ.copy())",
        "import os\nfor key, value in os.environ.items():\n    print(f'{key}={value}')",
        "import os\nenv = dict(os.environ)\nprint(env)",
        "import os\nraise RuntimeError(f'bad environment {os.environ}')",
        "import os, json\njson.dump({k: v for k, v in os.environ.items()}, stream)",
    )

    def applies(self, module: Module) -> bool:
        return module.names_environment

    def check(self, module: Module) -> Iterator[Report]:
        reported: set[tuple[int, int]] = set()
        for access in module.accesses:
            if access.form not in _WHOLE or _is_keys_alone(access.name, module):
                continue
            for leak in leaks(module.index, access.node, _SERIALISERS):
                place = module.source.range(leak.node)
                if place not in reported:
                    reported.add(place)
                    yield Report(*place, {"sink": leak.sink}, "environ")


def _is_keys_alone(name: ast.AST, module: Module) -> bool:
    """Say whether only names of variables are taken: `os.environ.keys()`, `sorted(os.environ)`."""
    if isinstance(name, ast.Attribute) and name.attr == "keys":
        return True
    place = module.index.place(name)
    above = place.parent.node if place and place.parent else None
    match above:
        case ast.For() | ast.comprehension():
            return isinstance(name, ast.Attribute) and name.attr == "environ"
        case ast.Call(func=ast.Name(id="sorted" | "list" | "set" | "tuple" | "len")):
            return True
        case ast.Call(func=ast.Attribute(attr="join")):
            return True
    return False
