"""Configuration files that are made to hang, to crash or to fill the memory."""

import pytest

from hushflake.lint_plugin import registry
from hushflake.lint_plugin.engine import Checker
from hushflake.lint_plugin.finding import Result
from hushflake.lint_plugin.kinds.table import all_kinds
from hushflake.lint_plugin.settings import Settings
from tests.fakes.bounded import cpu_within

KINDS = sorted(kind.name for kind in all_kinds().values() if kind.group == "config")
# Repeated to a file. Those of the second row ended or stalled parsers that were not taken.
UNITS = (
    *("[", "{", '{"password":', "- ", "password: ", "password:\n ", '"', "'", 'password: "\n', "]"),
    *("a: |\n", "<<EOF\n", "RUN <<-EOF\n", "\t", "{{}}\n", "\r", "  a:\n   ", "${", 'a="${', "$("),
    *("{{", "{%", "&x ", "- *x\n", "? ", "!x ", "---\n", "ENV password=x \\\n", "a {\n", "[a]\n"),
    *("password=hunter2 ", "export password=", "docker login -p ", "curl -u a:b ", "é", "\\"),
    *("# hushflake: ignore[HSF301]\n", "password: hunter2\n", '"password": "hunter2", '),
    *("a://b:c@", "password=hunter2;server=x;", "-----BEGIN PRIVATE" + " KEY-----\n", "\ud800"),
)
SIZE = 10_000
# Processor time. What grows with the square takes minutes.
SECONDS = 2


def check(data: bytes, kind: str) -> Result:
    checker = Checker(Settings(root="/project"), registry.selection(["HSF3", "HSF0"]))
    return checker.check_bytes(data, f"/project/a{all_kinds()[kind].suffixes[0]}")


@pytest.fixture(autouse=True)
def _errors_are_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUSHFLAKE_DEBUG", "1")


@pytest.mark.parametrize("kind", KINDS)
def test_no_text_hangs_or_breaks_a_reader(kind: str) -> None:
    for unit in UNITS:
        for before in ("", "password: x\n# hushflake:\n"):
            data = (before + unit * (SIZE // len(unit))).encode("utf-8", "surrogatepass")
            with cpu_within(SECONDS):
                result = check(data, kind)
            assert "hunter2" not in repr(result)


@pytest.mark.parametrize("kind", KINDS)
def test_bytes_that_are_no_text(kind: str) -> None:
    for data in (b"\0" * 100, b"\xff\xfe\0\xd8", b"password: \xff\xfe hunter2\n", b"\xef\xbb\xbf"):
        assert "hunter2" not in repr(check(data, kind))
    assert check(b"a\0b", kind).skipped is not None


def test_other_encodings_are_looked_at() -> None:
    text = "# Schlüssel\npassword: hunter2\n"
    for data in (text.encode("latin-1"), text.encode("utf-16"), text.encode("utf-8-sig")):
        assert [finding.line for finding in check(data, "yaml").findings] == [2]


def test_aliases_are_not_followed() -> None:
    bomb = "a: &a [x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(2000))
    assert [f.line for f in check(f"{bomb}password: hunter2\n".encode(), "yaml").findings] == [2002]


def test_reading_goes_on_behind_what_is_broken() -> None:
    text = "a:\n  b: 'open\n  password: hunter2\n- c\nd: }\ntoken: 83a1f0c9d2\n"
    assert [f.line for f in check(text.encode(), "yaml").findings] == [3, 6]


def test_of_a_large_file_the_text_is_searched() -> None:
    token = "ghp_" + "k3Jd9fLq2M" * 3 + "a1B2c3"
    text = f"password: hunter2\nx: {token}\n" + "a: b\n" * 250_000
    assert [finding.code for finding in check(text.encode(), "yaml").findings] == ["HSF302"]
