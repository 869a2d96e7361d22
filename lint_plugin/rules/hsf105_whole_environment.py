"""The whole environment is iterated, copied or passed on.

Every secret of the process goes along. Pass the keys that are needed. Off by default: child
processes often need the environment of their parent.
"""

from ..analysis import Access
from ..analysis.forms import AS_A_WHOLE
from ..environment import EnvironmentRule
from ..module import Module


class WholeEnvironment(EnvironmentRule):
    code = "HSF105"
    message = "{what} takes every secret of the process along; pass the keys that are needed"
    default = False
    FORMS = dict.fromkeys((*AS_A_WHOLE, "method", "rebinding"), "")
    VALID = (
        "import os\nurl = os.environ['URL']",
        # Every use of the name is a plain read: each of them is reported instead.
        "import os\nenv = os.environ\nurl = env['URL']",
    )
    INVALID = (
        "import os\nenv = os.environ.copy()",
        "import os\nenv = {**os.environ, 'A': 'b'}",
        "import os\nrun(env=os.environ)",
        "import os\nfor key, value in os.environ.items(): ...",
        "import os\nget = os.environ.get",
    )

    def reports(self, access: Access, module: Module) -> bool:
        # A name for the environment that is only read from has no reason: the reads speak.
        plain = access.form == "rebinding" and not access.reason
        return super().reports(access, module) and not plain
