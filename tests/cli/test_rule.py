"""`hushflake rule` explains what `check` reports."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from hushflake.cli.main import hushflake, main
from hushflake.lint_plugin import registry
from hushflake.lint_plugin.explain import explain, rule_url


@pytest.mark.parametrize("code", registry.known_codes())
def test_every_code_is_explained(code: str) -> None:
    done = CliRunner().invoke(hushflake, ["rule", code])
    assert done.exit_code == 0
    assert registry.title(code) in " ".join(done.output.split())
    assert rule_url(code) in done.output
    assert (f"ignore[{code}]" in done.output) == (code not in registry.NEVER_SILENT)


def test_the_page_has_the_part_that_a_link_names() -> None:
    from pathlib import Path

    page = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
    for code in registry.modules():
        address, _, fragment = rule_url(code).partition("#")
        assert address.endswith("/rules/")
        assert f"\n## {fragment.upper()}\n" in page


def test_what_codemod_rewrites_is_said() -> None:
    assert explain("HSF101").fixable
    assert not explain("HSF302").fixable


def test_a_code_in_small_letters_and_its_beginning() -> None:
    assert explain("hsf001").code == "HSF001"
    assert explain("HSF201").code == explain("hsf201").code


def test_no_code_lists_all() -> None:
    done = CliRunner().invoke(hushflake, ["rule"])
    assert [line.split()[0] for line in done.output.splitlines()] == registry.known_codes()


def test_json() -> None:
    done = CliRunner().invoke(hushflake, ["rule", "HSF301", "--format", "json"])
    document = json.loads(done.output)
    assert document["format"] == "hushflake.rule/1"
    (found,) = document["rules"]
    assert found["code"] == "HSF301"
    assert "***" in found["reported"]


@pytest.mark.parametrize("code", ["HSF999", "E501", "HSF3"])
def test_what_is_no_code(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rule", code]) == 2
    assert "HSF301" in capsys.readouterr().err


def test_a_line_is_explained_without_its_value(tmp_path: Path) -> None:
    word, password = "wideq" + "jerry", "hunter" + "2"
    source = tmp_path / "app.py"
    source.write_text(f"APP_KEY = {word!r}\npassword = {password!r}\nkind = 'x'\n")
    for line, verdict in ((1, "by the model"), (2, "by name and value")):
        done = CliRunner().invoke(hushflake, ["rule", "--explain", f"{source}:{line}"])
        assert done.exit_code == 0
        assert f"verdict: a secret, {verdict}" in done.output
        assert word not in done.output
        assert password not in done.output
    done = CliRunner().invoke(hushflake, ["rule", "--explain", f"{source}:1", "--format", "json"])
    (found,) = json.loads(done.output)["literals"]
    assert found["name"] == "APP_KEY"
    assert found["weights"]


@pytest.mark.parametrize("place", ["app.py", "app.py:0", "missing.py:1"])
def test_what_is_no_place(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rule", "--explain", place]) == 2
    assert place.partition(":")[0] in capsys.readouterr().err


def test_what_no_comment_silences_is_said() -> None:
    done = CliRunner().invoke(hushflake, ["rule", "HSF308"])
    assert "No\ncomment silences it" in done.output
    assert "Ignore one line" not in done.output
    assert "/rules/#hsf308" in done.output
    assert "Ignore one line" in CliRunner().invoke(hushflake, ["rule", "HSF301"]).output
