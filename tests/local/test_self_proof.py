"""The proof at the first start: that the installed DuckDB and sqlglot run what we generate."""

import importlib.metadata
import sys
from pathlib import Path

import duckdb
import pytest
from sqlglot import exp

from hushflake.local.language.errors import LocalStackError
from hushflake.local.server.process import lifecycle, process, self_proof
from hushflake.local.sql import expressions, inserting
from tests.fakes.bounded import cpu_within

pytestmark = pytest.mark.real_start


@pytest.fixture
def unproven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "hushflake" / "proofs"


def test_what_is_installed_passes_in_short_time() -> None:
    with cpu_within(3):
        assert self_proof.prove() is None


def test_a_pass_is_remembered_for_its_versions_and_code(
    unproven: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[int] = []
    monkeypatch.setattr(self_proof, "prove", lambda: runs.append(1))
    for code in ("a", "a", "b", "a"):
        self_proof.require_proof(code)
    assert len(runs) == 2
    monkeypatch.setattr(self_proof, "_version", lambda name: "99.0")
    self_proof.require_proof("a")
    assert len(runs) == 3
    assert len(list(unproven.iterdir())) == 3


@pytest.mark.skipif(duckdb.__version__ == "2.0.0", reason="2.0.0 takes the form that 2.0.1 refuses")
def test_a_form_that_duckdb_refuses_stops_the_start(
    unproven: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Brackets around one aliased relation: DuckDB 2.0.0 took them, 2.0.1 does not."""
    plain = inserting._source_sql
    monkeypatch.setattr(inserting, "_source_sql", lambda *given: f'({plain(*given)}) AS "VALUES"')
    with pytest.raises(LocalStackError) as caught:
        self_proof.require_proof("code")
    message = str(caught.value)
    assert f"does not work with duckdb {duckdb.__version__} and sqlglot " in message
    assert "INSERT" in message
    assert "does not run it" in message
    assert self_proof.install_line() in message
    assert not list(unproven.iterdir())


def test_other_rows_and_missing_names_are_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_proof, "_STATEMENTS", "SELECT 1\n=> [(2,)]")
    assert self_proof.prove() == "SELECT 1 … gives [(1,)] and not [(2,)]"
    monkeypatch.setattr(self_proof, "_STATEMENTS", "SELECT HASH(1)")
    calls, _ = expressions.registry()
    monkeypatch.setitem(calls, "HASH", lambda arguments, context: exp.NoSuchThing())  # type: ignore[attr-defined]
    assert "AttributeError" in str(self_proof.prove())


LOCAL = "; extra == 'local'"


@pytest.mark.parametrize(
    ("duckdb_range", "sqlglot_range", "installed", "line"),
    [
        (">=2.0.0,<=2.0.1", "==30.30.*", "2.0.1 30.30.0", "'duckdb==2.0.0' 'sqlglot==30.30.*'"),
        ("<=2.0.1,>=2.0.0 ", "==30.30.0", "2.1.0 31.0.0", "'duckdb==2.0.0' 'sqlglot==30.30.0'"),
        (" (==2.0.1) ", "==30.1", "2.0.1 30.1", "'duckdb==2.0.1' 'sqlglot==30.1'"),
    ],
)
def test_the_remedy_comes_from_our_metadata(
    monkeypatch: pytest.MonkeyPatch,
    duckdb_range: str,
    sqlglot_range: str,
    installed: str,
    line: str,
) -> None:
    requires = [
        "sqlglot>=30; extra == 'schema'",
        f"duckdb{duckdb_range}{LOCAL}",
        f"sqlglot{sqlglot_range}{LOCAL}",
    ]
    versions = dict(zip(("duckdb", "sqlglot"), installed.split(), strict=True))
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: requires)
    monkeypatch.setattr(self_proof, "_version", versions.__getitem__)
    assert self_proof.install_line() == f"pip install {line}"


def test_our_metadata_names_both(monkeypatch: pytest.MonkeyPatch) -> None:
    assert self_proof._declared("duckdb")
    assert self_proof._declared("sqlglot")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            (
                "from hushflake.local.server.process import self_proof\n"
                "self_proof.prove = lambda: 'X fails'"
            ),
            "X fails",
        ),
        ("import sqlglot.expressions\ndel sqlglot.expressions.Lateral", "Lateral"),
    ],
    ids=["a statement", "an import"],
)
def test_a_server_that_cannot_prove_itself_does_not_start(
    unproven: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: str, said: str
) -> None:
    code = (
        f"{spoil}\nimport os, sys\nfrom pathlib import Path\n"
        "from hushflake.local.server.process import main\nos._exit(main.main(Path(sys.argv[1])))"
    )
    python = tmp_path / "python"
    # As `process.start` calls it: -P -m MODULE HOME.
    (tmp_path / "code.py").write_text(code)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} {tmp_path / "code.py"} "$4"\n')
    python.chmod(0o755)
    monkeypatch.setattr(process.sys, "executable", str(python))
    with pytest.raises(LocalStackError) as caught:
        lifecycle.ensure_running(tmp_path / "data")
    assert said in str(caught.value)
    assert f"duckdb {duckdb.__version__}" in str(caught.value)
    assert "pip install 'duckdb==" in str(caught.value)
    assert caught.value.exit_code == 3
