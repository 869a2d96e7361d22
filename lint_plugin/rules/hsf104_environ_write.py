"""`os.environ` is written or deleted from.

What one module writes another reads, and no reader can tell. Pass the value as an argument, or
configure the library that wants it. Off by default: start-up code often has no other way. In test
files it is a note; HSF109 has more to say of those.
"""

from ..analysis import Access
from ..environment import EnvironmentRule
from ..module import Module
from ..rule import Example


class EnvironWrite(EnvironmentRule):
    code = "HSF104"
    message = "{what} changes the environment for everyone; pass the value as an argument"
    default = False
    lenient_in_tests = True
    FORMS = dict.fromkeys(
        ("store", "delete", "pop", "setdefault", "update", "clear", "replace"), ""
    )
    VALID = (
        "import os\nurl = os.environ['URL']",
        "import os\nos.environ['PATH'] = '/bin'",
    )
    INVALID = (
        "import os\nos.environ['URL'] = 'x'",
        "import os\ndel os.environ['URL']",
        "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'app.settings')",
        "import os\nos.environ.update(URL='x')",
        "import os\nos.environ.clear()",
        "import os\nos.environ |= {'URL': 'x'}",
        Example("import os\nos.environ['URL'] = 'x'", "tests/test_app.py"),
    )

    def reports(self, access: Access, module: Module) -> bool:
        is_told = module.is_test and "HSF109" in module.enabled
        return super().reports(access, module) and not is_told
