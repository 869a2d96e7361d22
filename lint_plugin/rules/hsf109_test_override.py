"""A test sets configuration by the environment.

Child processes, libraries and other threads see it as well, and what is not put back reaches the
next test. Where the code under test reads by an accessor, override what that answers:
`config_overrides({...})` as a fixture or for a block, `set_config_override(key, value)` for a
statement. `hushflake codemod --only test_overrides` rewrites what nothing but accessors reads.
Reported in test files alone, as a note. Off by default: libraries are often told by the
environment alone. HSF104 leaves to this rule what it reports.
"""

from collections.abc import Iterator

from ..analysis.overriding import Override, may_override, overrides
from ..credentials.display import shown
from ..module import Module
from ..rule import Example, Report, Rule

_SHOWN = {
    "store": "os.environ[{key}] = …",
    "delete": "del os.environ[{key}]",
    "pop": "os.environ.pop({key})",
    "setdefault": "os.environ.setdefault({key})",
    "update": "os.environ.update(…)",
    "clear": "os.environ.clear()",
    "replaced": "another os.environ",
    "setenv": "monkeypatch.setenv({key})",
    "delenv": "monkeypatch.delenv({key})",
    "setitem": "monkeypatch.setitem(os.environ, {key})",
    "delitem": "monkeypatch.delitem(os.environ, {key})",
    "patch.dict": "patch.dict(os.environ, …)",
}
_BLOCKS = frozenset({"patch.dict", "replaced", "clear", "update"})


def _test(source: str, path: str = "tests/test_app.py") -> Example:
    return Example(source, path)


class OverrideInTest(Rule):
    code = "HSF109"
    message = (
        "{what} sets the environment for a test; use {form} from hushflake.config for what "
        "accessors read"
    )
    default = False
    lenient_in_tests = True
    VALID = (
        "import os\nos.environ['URL'] = 'x'",
        _test("def test_it(config_overrides):\n    config_overrides({'URL': 'x'})"),
        _test("import os\nos.environ['PATH'] = '/bin'"),
        _test("def test_it(monkeypatch):\n    monkeypatch.setattr('app.URL', 'x')"),
        _test("from unittest.mock import patch\nwith patch.dict(settings, URL='x'): ..."),
    )
    INVALID = (
        _test("import os\ndef test_it():\n    os.environ['URL'] = 'x'"),
        _test("def test_it(monkeypatch):\n    monkeypatch.setenv('URL', 'x')"),
        _test("def test_it(monkeypatch):\n    monkeypatch.delenv('URL', raising=False)"),
        _test("import os\nfrom unittest import mock\n@mock.patch.dict(os.environ, {'URL': 'x'})\n"
              "def test_it(): ..."),
        _test("from unittest.mock import patch\nwith patch.dict('os.environ', clear=True): ..."),
        _test("import os\ndef test_it(monkeypatch):\n    monkeypatch.setattr(os, 'environ', {})"),
    )  # fmt: skip

    def applies(self, module: Module) -> bool:
        return module.is_test and may_override(module.utf8)

    def check(self, module: Module) -> Iterator[Report]:
        for override in overrides(module.index, module.accesses):
            if override.key is None or not module.policy.keeps(override.key):
                yield _report(module, override)


def _report(module: Module, override: Override) -> Report:
    name = None if override.key is None else shown(override.key)
    key = "…" if name is None else repr(name)
    form = f"set_config_override({key}, …)"
    if override.form in _BLOCKS:
        form = f"config_overrides({{{key}: …}})" if name is not None else "config_overrides({…})"
    facts = {"what": _SHOWN[override.form].format(key=key), "form": form}
    return Report(*module.source.range(override.node), facts, name or override.form)
