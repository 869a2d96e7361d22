"""Configuration files of every kind: what in them is a secret, and where it stands.

In the case files `«301:hunter2»` is the text `hunter2` that HSF301 must report, exactly there; `n`
before the code says that it is a note.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from hushflake.lint_plugin import registry
from hushflake.lint_plugin.engine import Checker
from hushflake.lint_plugin.finding import NOTE, Result
from hushflake.lint_plugin.kinds.table import all_kinds, of_name
from hushflake.lint_plugin.masking import masked_source
from hushflake.lint_plugin.session import Request, check
from hushflake.lint_plugin.settings import Settings

CASES = Path(__file__).parent / "cases" / "configuration"
FILES = sorted(path.relative_to(CASES).as_posix() for path in CASES.rglob("*") if path.is_file())
MARK = re.compile(r"«(?P<note>n?)(?P<code>\d+):(?P<value>[^»]*)»")
TOKEN = "ghp_" + "k3Jd9fLq2M" * 3 + "a1B2c3"
KEY = "-----BEGIN PRIVATE" + " KEY-----\nMIIEvQIBADANBgkqhkiG\n-----END PRIVATE KEY-----\n"
CONFIGURATION = sorted(name for name, kind in all_kinds().items() if kind.group == "config")


def found(data: bytes, path: str, **settings: object) -> Result:
    checker = Checker(
        Settings(root="/project", **settings),  # type: ignore[arg-type]
        registry.selection(["HSF3", "HSF0"]),
    )
    return checker.check_bytes(data, f"/project/{path}")


def marked(text: str) -> tuple[str, list[tuple[int, int, str, bool]]]:
    """Return a text without its marks, and the line, column, code and weight of each."""
    places = []
    lines = []
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        plain, at = "", 0
        for match in MARK.finditer(line):
            plain += line[at : match.start()]
            places.append((number, len(plain) + 1, f"HSF{match['code']}", bool(match["note"])))
            plain += match["value"]
            at = match.end()
        lines.append(plain + line[at:])
    return "".join(lines), places


@pytest.mark.parametrize("name", FILES)
def test_what_is_a_secret_and_what_is_not(name: str) -> None:
    text, places = marked((CASES / name).read_text(encoding="utf-8"))
    result = found(text.encode(), name)
    told = [(f.line, f.column, f.code, f.severity == NOTE) for f in result.findings]
    assert told == places
    assert result.skipped is None


@pytest.mark.parametrize("name", FILES)
def test_ends_of_lines_and_other_letters_move_nothing(name: str) -> None:
    text, places = marked((CASES / name).read_text(encoding="utf-8"))
    result = found(text.replace("hunter2", "hüntér2").replace("\n", "\r\n").encode(), name)
    assert [(f.line, f.code) for f in result.findings] == [(p[0], p[2]) for p in places]


@pytest.mark.parametrize("name", FILES)
def test_every_value_is_masked(name: str) -> None:
    text = (CASES / name).read_text(encoding="utf-8")
    plain, _ = marked(text)
    shown = masked_source(plain.encode(), f"/project/{name}", Settings(root="/project"))
    # What a comment keeps quiet is hidden as well.
    expected = "" if "hunter2" not in plain else shown
    for match in MARK.finditer(text):
        line = text[: match.start()].count("\n")
        assert "***" in shown.splitlines()[line]
        if match["value"] not in ("postgres", "wonder"):
            assert match["value"] not in shown.splitlines()[line]
    assert len(shown.splitlines()) == len(plain.splitlines())
    assert expected is not None


def test_every_kind_has_a_case() -> None:
    kinds = {kind.name for name in FILES if (kind := of_name(name))}
    assert kinds | {"keys", "lock"} == set(CONFIGURATION)


@pytest.mark.parametrize("kind", CONFIGURATION)
def test_formats_of_providers_and_private_keys_anywhere(kind: str) -> None:
    known = all_kinds()[kind]
    name = f"a{known.suffixes[0]}"
    result = found(f"x {TOKEN}\n{KEY}".encode(), name)
    assert [finding.code for finding in result.findings] == ["HSF302", "HSF303"]
    assert TOKEN not in repr(result)


def test_a_secret_of_kubernetes_is_decoded() -> None:
    import base64

    def secret(value: str) -> list[str]:
        data = base64.b64encode(value.encode()).decode()
        text = f"kind: Secret\ndata:\n  value: {data}\n"
        return [finding.code for finding in found(text.encode(), "a.yaml").findings]

    assert secret(TOKEN) == ["HSF302"]
    assert secret(KEY) == ["HSF303"]
    assert secret("plain") == []


def test_pragmas_that_silence_nothing_or_are_not_understood() -> None:
    text = "port: 1 # hushflake: ignore[HSF301] why\nother: 2 # hushflake: no\n"
    assert [f.code for f in found(text.encode(), "a.yaml").findings] == ["HSF001", "HSF002"]


def test_settings_hold_for_all_kinds() -> None:
    text = b"password: hunter2\nmagic: hunter2\n"
    assert len(found(text, "a.yaml", secret_names=("magic",)).findings) == 2
    assert not found(text, "a.yaml", public_names=("password",)).findings
    assert not found(text, "a.yaml", exclude=("a.yaml",)).findings
    assert not found(text, "a.yaml", per_file_ignores={"*.yaml": ("HSF301",)}).findings
    assert [f.severity for f in found(text, "tests/a.yaml").findings] == [NOTE]


def test_a_tree_and_its_baseline(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("a:\n  password: hunter2\n", encoding="utf-8")
    (tmp_path / "poetry.lock").write_text('password = "hunter2"\n', encoding="utf-8")
    (tmp_path / "package-lock.json").write_text('{"password": "hunter2"}', encoding="utf-8")
    request = Request((str(tmp_path),), use_cache=False)
    outcome = check(request)
    assert [(f.scope, f.target) for f in outcome.findings] == [("a", "password")]
    assert outcome.files == 1
    baseline = str(tmp_path / "known.baseline")
    check(request._replace(baseline=baseline, update_baseline=True))
    (tmp_path / "compose.yaml").write_text(
        "b: 1\na:\n  # moved\n  password: hunter2\n", encoding="utf-8"
    )
    outcome = check(request._replace(baseline=baseline))
    assert not outcome.findings
    assert outcome.in_baseline == 1


def test_a_lock_file_that_is_named_is_searched(tmp_path: Path) -> None:
    lock = tmp_path / "package-lock.json"
    lock.write_text(f'{{"password": "hunter2", "resolved": "{TOKEN}"}}', encoding="utf-8")
    outcome = check(Request((str(lock),)))
    assert [finding.code for finding in outcome.findings] == ["HSF302"]


@pytest.fixture
def without_readers(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def take() -> None:
        from hushflake.lint_plugin.entries import grammar

        for name in ("yaml", "tree_sitter", "tree_sitter_json"):
            monkeypatch.setitem(__import__("sys").modules, name, None)
        grammar.parser.cache_clear()

    yield take
    from hushflake.lint_plugin.entries import grammar

    grammar.parser.cache_clear()


def test_without_the_extra_one_remark_and_the_text(
    tmp_path: Path, without_readers: Callable[[], None]
) -> None:
    for name in ("a.yaml", "b.yaml", "c.json"):
        (tmp_path / name).write_text(f'{{"password": "hunter2", "x": "{TOKEN}"}}', "utf-8")
    (tmp_path / ".env").write_text("DB_PASSWORD=hunter2\n", encoding="utf-8")
    without_readers()
    outcome = check(Request((str(tmp_path),)))
    assert sorted(f.code for f in outcome.findings) == ["HSF301", *["HSF302"] * 3]
    assert len(outcome.skipped) == 1
    assert "hushflake[files]" in outcome.skipped[0].message
    assert outcome.skipped[0].message.endswith("likewise of 2 others")
    assert outcome.passed_over == {"missing-extra": 3}
    assert outcome.exit_code() == 1


def test_what_is_installed_later_is_not_hidden_by_a_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without_readers: Callable[[], None]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "pyproject.toml").write_text("[tool.hushflake]\n", encoding="utf-8")
    for number in range(20):
        (folder / f"{number}.yaml").write_text(f"password: hunter2{number}\n", encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setitem(__import__("sys").modules, "yaml", None)
        assert not check(Request((str(folder),))).findings
    assert len(check(Request((str(folder),))).findings) == 20
