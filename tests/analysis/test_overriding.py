"""Where a test sets the environment: which keys, by what, and whether that is all."""

import pytest

from hushflake.lint_plugin.analysis import Index, Source, accesses, parse
from hushflake.lint_plugin.analysis.overriding import literal, overrides


def told(code: str) -> list[tuple[str, list[str | None], bool, bool]]:
    header = "import os\nfrom os import environ as env\nfrom unittest import mock\n"
    source = parse((header + "from unittest.mock import patch\n" + code).encode())
    assert isinstance(source, Source)
    index = Index(source)
    return [
        (one.form, [literal(key) for key, _ in one.items], one.is_whole, one.is_plain)
        for one in overrides(index, accesses(index))
    ]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("monkeypatch.setenv('A', 'x')", ("setenv", ["A"], False, True)),
        ("monkeypatch.setenv(name='A', value='x')", ("setenv", ["A"], False, True)),
        ("monkeypatch.setenv('A', 'x', prepend=':')", ("setenv", ["A"], False, False)),
        ("monkeypatch.setenv('A', 'x', ':')", ("setenv", ["A"], False, False)),
        ("monkeypatch.setenv(*given)", ("setenv", [], False, False)),
        ("mp.delenv('A', raising=False)", ("delenv", ["A"], False, True)),
        ("mp.delenv('A')", ("delenv", ["A"], False, False)),
        ("mp.setitem(os.environ, 'A', 'x')", ("setitem", ["A"], False, True)),
        ("mp.delitem(env, 'A', raising=False)", ("delitem", ["A"], False, True)),
        ("patch.dict(os.environ, {'A': 'x', 'B': 'y'})", ("patch.dict", ["A", "B"], False, True)),
        ("mock.patch.dict(env, A='x')", ("patch.dict", ["A"], False, True)),
        ("mocker.patch.dict('os.environ', {'A': 'x'})", ("patch.dict", ["A"], False, True)),
        ("patch.dict(os.environ, values={'A': 'x'})", ("patch.dict", ["A"], False, True)),
        ("patch.dict(os.environ, {'A': 'x'}, clear=True)", ("patch.dict", ["A"], True, True)),
        ("patch.dict(os.environ, {'A': 'x'}, True)", ("patch.dict", ["A"], True, True)),
        ("patch.dict(os.environ, {'A': 'x'}, clear=flag)", ("patch.dict", ["A"], True, True)),
        ("patch.dict(os.environ, {'A': 'x'}, clear=False)", ("patch.dict", ["A"], False, True)),
        ("patch.dict(os.environ, values)", ("patch.dict", [], False, False)),
        ("patch.dict(os.environ, {**values, 'A': 'x'})", ("patch.dict", [], False, False)),
        ("patch.dict(os.environ)", ("patch.dict", [], False, True)),
        ("os.environ['A'] = 'x'", ("store", ["A"], False, True)),
        ("env[key] = 'x'", ("store", [None], False, True)),
        ("del os.environ['A']", ("delete", ["A"], False, True)),
        ("os.environ.pop('A', None)", ("pop", ["A"], False, True)),
        ("os.environ.update(A='x')", ("update", ["A"], False, True)),
        ("os.environ.update({'A': 'x'})", ("update", ["A"], False, True)),
        ("os.environ.update(values)", ("update", [], False, False)),
        ("os.environ.clear()", ("clear", [], True, True)),
        ("os.environ = {}", ("replaced", [], True, False)),
        ("monkeypatch.setattr(os, 'environ', {})", ("replaced", [], True, False)),
        ("monkeypatch.setattr('os.environ', {})", ("replaced", [], True, False)),
        ("patch('os.environ', {})", ("replaced", [], True, False)),
        ("patch.object(os, 'environ', {})", ("replaced", [], True, False)),
    ],
)
def test_an_override(code: str, expected: tuple[str, list[str | None], bool, bool]) -> None:
    assert told(code) == [expected]


@pytest.mark.parametrize(
    "code",
    [
        "patch.dict(settings, {'A': 'x'})",
        "patch.dict('app.settings', A='x')",
        "monkeypatch.setitem(settings, 'A', 'x')",
        "monkeypatch.setattr(app, 'environ', {})",
        "patch('app.os', fake)",
        "dict(os.environ)",
        "os.environ['A']",
    ],
)
def test_what_is_none(code: str) -> None:
    assert told(code) == []
