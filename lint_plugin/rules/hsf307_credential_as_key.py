"""A credential stands where the name of a variable belongs.

`os.getenv("<token>")` looks a token up as if it were a name: it finds nothing, and the token is
in the source. Revoke it, put the new one into the configuration store, and read the key that
holds it. No output shows such a key, and `hushflake codemod` leaves the read as it is, because an
accessor may write the keys that it is asked for to a log or ask a server for them.
"""

import ast
import re
from collections.abc import Iterator

from ..bindings import sum_of
from ..config_reads import config_reads
from ..credentials.display import holds_credential
from ..module import Module
from ..rule import Report, Rule

# What stands between the pieces of one literal.
_GLUE = re.compile(r"[\s\"'+]+")


class CredentialAsKey(Rule):
    code = "HSF307"
    message = "a credential is in the place of a key: revoke it, and read the key that holds it"
    secret = True
    rank = 0
    VALID = (
        "import os\ntoken = os.getenv('GITHUB_TOKEN')",
        "import os\ntoken = os.environ[name]",
        "import os\nvalue = os.getenv('AWS_S3_BUCKET_FOR_UPLOADS_OF_2024')",
    )
    INVALID = (
        "import os\ntoken = os.getenv('ghp_" + "k3Jd9fLq2M" * 3 + "a1B2c3')",
        "import os\ntoken = os.environ['xoxb-" + "123987456012-k3Jd9fLq2Mk3Jd9fLq2M']",
        "import os\nfound = 'AKIA" + "Q3EGRIZ7TKWPNVDA' in os.environ",
        "import os\ntoken = os.getenv('ghp_' '" + "k3Jd9fLq2M" * 3 + "a1B2c3')",
        "import os\ntoken = os.getenv('ghp_' + '" + "k3Jd9fLq2M" * 3 + "a1B2c3')",
        "import os\nos.environ['k3Jd9fLq2MaZ7xYw0PbV5tRsUeHgNcQi'] = value",
        (
            "from hushflake.config import require_config_value\n"
            "token = require_config_value('k3Jd9fLq2MaZ7xYw0PbV5tRsUeHgNcQi')"
        ),
    )

    def applies(self, module: Module) -> bool:
        return module.names_environment or _may_hold_one(module)

    def check(self, module: Module) -> Iterator[Report]:
        keys = [access.key_node for access in module.accesses]
        if _may_hold_one(module):
            keys += [read.key for read in config_reads(module, _functions(module))]
        for key in keys:
            if key is not None and _is_credential(key):
                yield Report(*module.source.range(key), {}, "key")


def _functions(module: Module) -> list[str]:
    settings = module.policy.settings
    named = (settings.get_function, settings.require_function, settings.has_function)
    return [function for function in named if function]


def _may_hold_one(module: Module) -> bool:
    """Say from the text whether a call of the accessor may be given a credential."""
    functions = [name for name in _functions(module) if name in module.text]
    if not functions:
        return False
    names = "|".join(map(re.escape, functions))
    calls = re.finditer(rf"(?:{names})\(([^()]{{16,1000}})\)", module.text)
    return any(holds_credential(_GLUE.sub("", call[1])) for call in calls)


def _is_credential(key: ast.expr) -> bool:
    text = sum_of(key)
    return text is not None and holds_credential(text)
