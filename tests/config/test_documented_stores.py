"""The page about stores: every snippet runs, every store and figure is right."""

import json
import os
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packages import install

import hushflake.config as hc
from hushflake.cli.main import main
from hushflake.config.sources import schemes, stores

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "stores.md").read_text(encoding="utf-8")
ROWS = {
    match[1]: [cell.strip() for cell in match[0].split("|")]
    for match in re.finditer(r"(?m)^\| \[`([a-z-]+):.*$", PAGE)
}
OP = """#!{python}
import json, sys
from pathlib import Path
_, kind, verb, item, _, vault, _, form = sys.argv
assert (kind, form) == ("item", "json"), sys.argv
file = Path({folder!r}, f"{{vault}}-{{item}}.json")
if not file.exists():
    sys.exit("dial tcp: no route" if vault == "Away" else "not signed in")
if verb == "edit":
    found = json.load(sys.stdin)
    file.write_text(json.dumps({{**found, "version": found["version"] + 1}}))
print(file.read_text())
"""


def snippets(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_every_store_has_a_row_with_its_extra_and_its_role() -> None:
    assert sorted(ROWS) == schemes.schemes()
    for scheme, row in ROWS.items():
        module = stores._module(scheme)
        assert row[2].strip("`") == module.EXTRA
        assert row[6] == ("yes" if hasattr(module.OPEN, "write") else "no")
        if scheme in stores.writable():
            assert module.USAGE.partition(":")[0] in row[1]


def test_every_argument_is_on_the_page() -> None:
    for name in ("last_known", "last_known_seconds", "source_options", "sources", "stores"):
        assert f"`{name}`" in PAGE


@pytest.fixture
def one_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package of the page, installed, and a program `op` that keeps items in files."""
    (code,) = [text for text in snippets("python") if text.startswith("# op_source.py")]
    (table,) = snippets("toml")
    entries = tomllib.loads(table)["project"]["entry-points"]["hushflake.config_sources"]
    monkeypatch.syspath_prepend(str(install(tmp_path / "site", "op_source", code, entries)))
    monkeypatch.delitem(sys.modules, "op_source", raising=False)
    program = tmp_path / "bin" / "op"
    program.parent.mkdir()
    program.write_text(OP.format(python=sys.executable, folder=str(tmp_path)))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    for name, value in {"shop-prod": "prod", "shared": "shared"}.items():
        field = {"label": "API_TOKEN" if name == "shop-prod" else "SHARED", "value": value}
        item: dict[str, Any] = {"version": 1, "fields": [field, {"label": "notes"}]}
        (tmp_path / f"Shop-{name}.json").write_text(json.dumps(item))
    return tmp_path


def test_the_store_of_the_page_reads_and_writes(
    one_password: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (call,) = [text for text in snippets("python") if "source_options" in text]
    exec(call, {"configure": hc.configure})
    assert (hc.get_config_value("API_TOKEN"), hc.get_config_value("SHARED")) == ("prod", "shared")
    hc.unconfigure()
    import io

    monkeypatch.setenv("HUSHFLAKE_SOURCE_OPTIONS", '{"op": {"vault": "Shop"}}')
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"new")))
    assert main(["config", "set", "API_TOKEN", "--secret", "--to", "op:shop-prod"]) == 0
    assert "version version 2" in capsys.readouterr().out
    hc.configure(sources=["op:shop-prod"])
    assert hc.get_config_value("API_TOKEN") == "new"


@pytest.mark.parametrize(("vault", "away"), [("Away", True), ("Closed", False)])
def test_the_store_of_the_page_says_what_fails(one_password: Path, vault: str, away: bool) -> None:
    hc.configure(sources=["op:shop-prod"], source_options={"op": {"vault": vault}})
    with pytest.raises(hc.ConfigSourceError, match="op fails: sign in with"):
        hc.get_config_value("API_TOKEN")
    active = hc.describe()["sources"][1]
    assert active["state"] == "failed"


def test_the_other_snippets_configure() -> None:
    for text in snippets("python"):
        compile(text, "docs/stores.md", "exec")
        if text.startswith("from hushflake.config import configure") or "last_known=" in text:
            exec(text, {"configure": hc.configure})
            hc.unconfigure()


@pytest.mark.parametrize("line", [x for text in snippets("console") for x in text.splitlines()])
def test_the_commands_are_ours(line: str) -> None:
    words = line.removeprefix("$ hushflake ").split()
    assert main([*words[:2], "--help"]) == 0
