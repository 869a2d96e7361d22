"""Each rule of `docs/security.md` names a test that is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
TESTS = ROOT / "tests"


def test_every_test_that_the_security_page_names_is_there() -> None:
    texts = [path.read_text(encoding="utf-8") for path in TESTS.rglob("*.py")]
    known = {name for text in texts for name in re.findall(r"^\s*def (\w+)", text, re.MULTILINE)}
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 50
    assert not named - known
    files = set(re.findall(r"`(tests/[\w/]+\.py)`", PAGE))
    assert files
    assert not [name for name in files if not (ROOT / name).is_file()]


def test_every_rule_names_its_test() -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)
    rules = [row for row in rows if row[0] != "rule" and not row[0].startswith("-")]
    assert len(rules) > 40
    # A repository of the corpus stands for the test that walks all of them.
    corpus = (TESTS / "fakes" / "hostile_repositories.py").read_text(encoding="utf-8")
    for rule, tests in rules:
        names = re.findall(r"`([\w/.]+)`", tests)
        assert names, rule
        for name in names:
            is_test = name.startswith(("test_", "tests/", "assert_"))
            assert is_test or f"def {name}(" in corpus, (rule, name)
