"""`os.environ` is read directly: `.get`, a subscript or `in`.

Each has its own function in the accessor, with the same meaning: `get_config_value` returns the
string or the default, `require_config_value` raises an error that is a `KeyError`, and
`has_config_value` tells whether there is a value. `hushflake codemod --write` rewrites them.
A read that decides whether the environment gets its key, for libraries to read, is to stay.
"""

from ..environment import EnvironmentRule


class EnvironRead(EnvironmentRule):
    code = "HSF102"
    message = "{what} reads the environment directly; use {function}({key}) from {accessor}"
    FORMS = {
        "environ.get": "get_function",
        "subscript": "require_function",
        "membership": "has_function",
    }
    VALID = (
        "import os\nos.environ['URL'] = 'x'",
        "import os\ndel os.environ['URL']",
        "import os\npath = os.environ['PATH']",
        "def application(environ, start_response):\n    return environ['REQUEST_METHOD']",
        "import os\nos.environ.pop('URL', None)",
        "import os\nif 'URL' not in os.environ:\n    os.environ['URL'] = 'x'",
    )
    INVALID = (
        "import os\nurl = os.environ['URL']",
        "import os\nurl = os.environ.get('URL')",
        "import os\nif 'URL' not in os.environ:\n    raise SystemExit",
        "from os import environ as env\nurl = env['URL']",
        "import os\nenv = os.environ\nurl = env.get('URL')",
        "import os\nprint(f\"{os.environ['URL']}\")",
    )
