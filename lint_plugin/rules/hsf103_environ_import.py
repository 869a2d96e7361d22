"""`getenv` or `environ` is imported from `os`, and no use of it says more.

An import that is there for others to use, or for nothing. It is reported only where no use of
the name is a finding of its own, none of them stores a value, and none uses the environment as a
whole, which HSF105 is about.
"""

from ..analysis import Access
from ..analysis.forms import AS_A_WHOLE
from ..environment import EnvironmentRule
from ..module import Module
from ..registry import rule

_WRITES = {"store", "delete", "pop", "setdefault", "update", "clear", "replace"}


class EnvironImport(EnvironmentRule):
    code = "HSF103"
    message = "import of {name} from os; import what you need from {accessor}"
    FORMS = {"import": ""}
    VALID = (
        "from os import path",
        "from os import environ\nenviron['URL'] = 'x'",
        "from os import environ\nhome = environ['HOME']",
        # The use is the finding.
        "from os import getenv\nurl = getenv('URL')",
        "from os import environ\nrun(env=environ)",
    )
    INVALID = (
        "from os import getenv",
        "from os import environ\n__all__ = ['environ']",
    )

    def reports(self, access: Access, module: Module) -> bool:
        if not super().reports(access, module):
            return False
        uses = [
            use
            for use in module.accesses
            if use is not access and use.binding is not None and use.binding is access.binding
        ]
        return not any(
            use.form in _WRITES
            or use.form in AS_A_WHOLE
            or (use.key is not None and module.policy.keeps(use.key))
            or _is_reported(use, module)
            for use in uses
        )

    def report(self, access, module):  # type: ignore[no-untyped-def]
        found = super().report(access, module)
        name = access.node.name
        return found._replace(facts={**found.facts, "name": name}, target=name)


def _is_reported(use: Access, module: Module) -> bool:
    for code in module.enabled:
        if code.startswith("HSF1") and code != EnvironImport.code:
            other = rule(code)
            if isinstance(other, EnvironmentRule) and other.reports(use, module):
                return True
    return False
