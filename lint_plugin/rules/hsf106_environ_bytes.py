"""`os.environb`, `os.getenvb`, `os.putenv` or `os.unsetenv`: the environment past `os.environ`.

They read and write the same variables where neither the accessor nor `os.environ` sees it.
"""

from ..environment import EnvironmentRule


class EnvironBytes(EnvironmentRule):
    code = "HSF106"
    message = "{what} goes past os.environ and past {accessor}; use {get}"
    FORMS = {"environb": "", "putenv": ""}
    VALID = ("def putenv(key): ...\nputenv('URL')",)
    INVALID = (
        "import os\nurl = os.environb[b'URL']",
        "import os\nurl = os.getenvb(b'URL')",
        "from os import putenv\nputenv('URL', 'x')",
    )
