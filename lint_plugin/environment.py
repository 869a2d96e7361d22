"""What the rules about direct environment access share: which accesses each one reports."""

from collections.abc import Iterator
from typing import ClassVar

from .analysis import Access
from .analysis.forms import FEEDING
from .credentials.display import holds_credential, shown
from .module import Module
from .rule import Report, Rule


class EnvironmentRule(Rule):
    """Base of the rules that report environment accesses of some forms.

    Nothing is reported that the codemod leaves by configuration: the accessor itself, files that
    run before it can be imported, kept keys, forms whose function is switched off. Nor are reads
    that decide whether the environment gets a key: they are to stay as they are.
    """

    # Form of `analysis.FORMS` -> field of the settings with the function that replaces it.
    FORMS: ClassVar[dict[str, str]] = {}

    def applies(self, module: Module) -> bool:
        return module.names_environment and not (
            module.policy.is_accessor(module.relative)
            or module.policy.is_bootstrap(module.relative)
        )

    def check(self, module: Module) -> Iterator[Report]:
        for access in module.accesses:
            if self.reports(access, module):
                yield self.report(access, module)

    def reports(self, access: Access, module: Module) -> bool:
        """Say whether this rule reports `access`."""
        if access.form not in self.FORMS or access.reason == FEEDING:
            return False
        function = self.FORMS[access.form]
        if function and not getattr(module.policy.settings, function):
            return False
        return access.key is None or not module.policy.keeps(access.key)

    def report(self, access: Access, module: Module) -> Report:
        """Return the report of an access."""
        start, end = module.source.range(access.node)
        function = self.FORMS.get(access.form, "")
        name = None if access.key is None else shown(access.key)
        key = repr(name) if name is not None else _shown_key(access)
        facts = {
            "key": key,
            "what": _what(access, key),
            "function": getattr(module.policy.settings, function) if function else "",
        }
        fixable = bool(function) and not access.reason and _may_be_rewritten(access, module)
        return Report(start, end, facts, name or access.form, fixable)


def _may_be_rewritten(access: Access, module: Module) -> bool:
    """Say whether the codemod hands the key to an accessor: no credential, and no store's."""
    from .bindings import sum_of
    from .store_writers import feeds_store

    key = None if access.key_node is None else sum_of(access.key_node)
    if key is not None and holds_credential(key):
        return False
    return not (module.may_write_store and feeds_store(module.index, access))


_SPELLING = {
    "getenv": "os.getenv({key})",
    "environ.get": "os.environ.get({key})",
    "subscript": "os.environ[{key}]",
    "membership": "{key} in os.environ",
    "store": "os.environ[{key}] = …",
    "delete": "del os.environ[{key}]",
    "pop": "os.environ.pop({key})",
    "setdefault": "os.environ.setdefault({key})",
    "update": "os.environ.update(…)",
    "clear": "os.environ.clear()",
    "replace": "os.environ = …",
    "copy": "os.environ.copy()",
    "iteration": "iteration over os.environ",
    "mapping": "os.environ passed on",
    "method": "a method of os.environ as a value",
    "function": "os.getenv as a value",
    "rebinding": "os.environ under another name",
    "environb": "the environment as bytes",
    "putenv": "os.putenv or os.unsetenv",
    "import": "import from os",
}


def _what(access: Access, key: str) -> str:
    return _SPELLING[access.form].format(key=key)


def _shown_key(access: Access) -> str:
    return "…" if access.key_node is not None else ""
