"""Whatever `[tool.hushflake]` holds, settings are read or refused, and reach nothing outside."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hushflake.codemods.errors import CodemodError
from hushflake.codemods.prepare import rewriter
from hushflake.lint_plugin import registry
from hushflake.lint_plugin.engine import Checker
from hushflake.lint_plugin.errors import LintError
from hushflake.lint_plugin.reading import is_inside
from hushflake.lint_plugin.settings import KEYS, Settings, load
from hushflake.remediation.inventory.groups import Groups

SOURCE = b"import os\nos.getenv('A')\nos.environ['B_KEY'] = x\npassword = 'hunter2-of-ours'\n"
# What patterns, codes, names and paths are made of, and what must not work.
_WORD = st.sampled_from(
    [
        *(
            "*",
            "**",
            "**/",
            "/",
            "../",
            "a",
            "A",
            ".",
            "?",
            "[",
            "]",
            "\\",
            "(",
            "+",
            "{",
            "$",
            "|",
        ),
        *("HSF", "HSF3", "ALL", "tests", ".py", ".git", "~", "\0", "\x1b[2J", "\u202e", "é", " "),
        *("/etc/passwd", "\n", '"', "'", "#", "x; import os", "%", "-", "0", "_"),
    ]
)
TEXT = st.lists(_WORD, max_size=12).map("".join)
LEAF = st.one_of(
    TEXT, st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False)
)
VALUE = st.recursive(
    LEAF,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
FITTING = st.lists(TEXT, max_size=4) | TEXT | st.dictionaries(TEXT, st.lists(TEXT, max_size=3))
TABLE = st.dictionaries(st.sampled_from(sorted(KEYS)) | TEXT, FITTING | VALUE, max_size=6)


def toml(value: Any) -> str:
    """Spell a value in TOML; strings of JSON are strings of TOML, but for surrogates."""
    if isinstance(value, dict):
        pairs = (f"{toml(key)} = {toml(inner)}" for key, inner in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value).replace("\\u007f", "\\u007F")


def use(folder: Path) -> None:
    """Read the settings, and do with them what the commands do."""
    try:
        found = load([str(folder)])
        for key in ("baseline", "key-mapping"):
            path = found.named_file(key)
            assert not path or is_inside(path, str(folder))
        codes = registry.selection(found.select, found.extend_select, found.ignore)
        checker = Checker(found, codes)
        checker.role("tests/test_a.py")
    except LintError:
        return
    _use(found, checker, folder)


def _use(found: Settings, checker: Checker, folder: Path) -> None:
    result = checker.check_bytes(SOURCE, str(folder / "a.py"))
    assert result.skipped is None, result.skipped
    checker.policy.keeps("A" * 2000)
    for ask in (checker.policy.is_excluded, checker.policy.is_test, checker.policy.is_accessor):
        ask("a/" * 200 + "b.py")
    Groups(found.service_groups).of("A" * 2000)
    try:
        made = rewriter(found)
    except CodemodError:
        return
    outcome = made.rewrite(SOURCE, str(folder / "a.py"))
    assert outcome.status in ("changed", "unchanged", "excluded"), outcome.message


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


BOUNDED = settings(
    derandomize=True,
    max_examples=80,
    deadline=5000,
    suppress_health_check=[HealthCheck.too_slow],
    database=None,
)


@given(table=TABLE)
@BOUNDED
def test_any_table(folder: Path, table: dict[str, Any]) -> None:
    lines = "".join(f"{toml(key)} = {toml(value)}\n" for key, value in table.items())
    (folder / "pyproject.toml").write_text(f"[tool.hushflake]\n{lines}", encoding="utf-8")
    use(folder)


@given(text=st.lists(_WORD | st.sampled_from(["=", "[", "]", "\n", '"', *KEYS]), max_size=40))
@BOUNDED
def test_any_text(folder: Path, text: list[str]) -> None:
    body = "[tool.hushflake]\n" + "".join(text)
    (folder / "pyproject.toml").write_text(body, encoding="utf-8")
    use(folder)


@pytest.mark.parametrize(
    "body",
    [
        b"tool = 1 # hushflake",
        b"[tool]\nhushflake = 1",
        b"[tool.hushflake]\nkeep = " + b"[" * 100_000,
        b"[tool.hushflake]\nkeep = " + b"9" * 100_000,
        b"[tool.hushflake]\nkeep = ['" + b"*" * 100_000 + b"']",
        b"[tool.hushflake]\nkeep = 1979-05-27",
        b"[tool.hushflake]\n" + b"\xff",
        b"[tool.hushflake]\n\0",
        b"\xef\xbb\xbf[tool.hushflake]\n",
        b"# hushflake\n" * 100_000,
        b"[tool.hushflake]\nexclude = ['" + b"**/a/" * 2000 + b"']",
        b"[tool.hushflake.hushflake.hushflake]\n",
        b"[[tool.hushflake]]\n",
        b"[tool.hushflake]\nbaseline = 'a\\u0000b'\n".replace(b"'", b'"'),
        b"[tool.hushflake]\nkey-mapping = 'a\\u0000b'\n".replace(b"'", b'"'),
        b"[tool.hushflake]\nbaseline = '" + b"a" * 300 + b"'\n",
    ],
    ids=lambda body: body[:40].decode("latin-1"),
)
def test_bodies_that_are_hard(folder: Path, body: bytes) -> None:
    (folder / "pyproject.toml").write_bytes(body)
    use(folder)
