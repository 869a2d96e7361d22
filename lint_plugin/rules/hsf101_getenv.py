"""`os.getenv` reads the process environment directly.

A value that is read where it stands has no owner: nobody can list the keys in use, keep them in
one store, or rotate them. Read it through the accessor, `get_config_value`, which takes the same
arguments and returns the same; `hushflake codemod --write` does it.
A read that decides whether the environment gets its key, for libraries to read, is to stay.
"""

from ..environment import EnvironmentRule
from ..rule import Example


class Getenv(EnvironmentRule):
    code = "HSF101"
    message = "{what} reads the environment directly; use {function}({key}) from {accessor}"
    FORMS = {"getenv": "get_function", "function": "get_function"}
    VALID = (
        "from hushflake.config import get_config_value\nurl = get_config_value('URL')",
        "import os\nhome = os.getenv('HOME')",
        "import os\nif not os.getenv('URL'):\n    os.environ['URL'] = 'x'",
        "def getenv(key): ...\ngetenv('URL')",
        "class os:\n    getenv = print\n\nos.getenv('URL')",
        Example("import os\nurl = os.getenv('URL')", settings={"keep": ["URL"]}),
        Example("import os\nurl = os.getenv('URL')", path="setup.py"),
        Example(
            "import os\nurl = os.getenv('URL')",
            path="core/settings.py",
            settings={"accessor": "core.settings"},
        ),
    )
    INVALID = (
        "import os\nurl = os.getenv('URL')",
        "import os as o\nurl = o.getenv('URL', 'x')",
        "from os import getenv as g\nurl = g(key='URL')",
        "import os\nkeys = ['A', 'B']\nvalues = map(os.getenv, keys)",
    )
