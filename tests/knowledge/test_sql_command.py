"""`hushflake sql` in a pipe and at its prompt, over HTTP through the real connector."""

import csv
import io
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pseudo_terminal import PseudoTerminal, running

from hushflake.cli.main import main

PROMPT = "local> "
TABLE = "FOUNDATIONAL_KNOWLEDGE.EMPLOYEES"
# Long enough to be cancelled, whatever the machine.
ENDLESS = (
    "SELECT COUNT(*) FROM TABLE(GENERATOR(ROWCOUNT => 400000)) A, "
    "TABLE(GENERATOR(ROWCOUNT => 400000)) B"
)


def piped(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_a_statement_is_a_table(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sql", "SELECT 1 AS A, 'x' AS B, NULL AS C, 'two\nlines\x1b[31m' AS D"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "A  B  C     D",
        r"1  x  NULL  two\nlines\x1b[31m",
        "1 row",
    ]


def test_the_database_is_the_one_of_the_stack(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sql", f"SELECT COUNT(*) AS N FROM {TABLE}", "--format", "csv"]) == 0
    assert capsys.readouterr().out == "N\n26\n"


def test_several_statements_from_standard_input(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    piped(monkeypatch, "SELECT 1 AS A; -- ;\nSELECT 'a,\"b\"' AS A, NULL AS A;")
    assert main(["sql", "--format", "csv"]) == 0
    first, second = capsys.readouterr().out.split("\n\n")
    assert first == "A\n1"
    assert list(csv.reader(io.StringIO(second))) == [["A", "A"], ['a,"b"', ""]]


def test_a_file_and_json(home: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "script.sql"
    path.write_text(
        "SET N = 2;\nSELECT $N AS N, TO_DATE('2026-01-02') AS D, 1.5::FLOAT AS F", "utf-8"
    )
    assert main(["sql", "-f", str(path), "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["format"] == "hushflake.sql/1"
    first, last = document["results"]
    assert first["statement"] == "SET N = 2"
    assert (last["columns"], last["rows"]) == (["N", "D", "F"], [[2, "2026-01-02", 1.5]])
    assert last["more"] is False
    assert last["query_id"]


def test_many_rows_are_bounded_and_it_says_so(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sql", f"SELECT EMPLOYEE_ID FROM {TABLE}", "--limit", "3"]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[-1] == "3 rows"
    assert "There are more rows than these 3" in told.err


def test_wrong_sql_is_the_users_mistake(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sql", "SELECT 1 AS A; SELECT NOPE FROM NOWHERE; SELECT 3"]) == 2
    told = capsys.readouterr()
    assert told.out.startswith("A\n1\n")
    assert "3" not in told.out
    assert "hushflake: statement 2 of 3: SQL compilation error: Object 'NOWHERE'" in told.err
    assert "Traceback" not in told.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sql", " ; -- nothing"], "there is no statement to run"),
        (["sql", "SELECT 1", "-f", "x.sql"], "does not exist"),
        (["sql", "-f", "latin.sql"], "latin.sql is not UTF-8: byte 8"),
    ],
)
def test_mistakes(
    words: list[str], said: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "latin.sql").write_bytes(b"SELECT '\xe4'")
    assert main(words) == 2
    assert said in capsys.readouterr().err


@pytest.fixture
def prompt(home: Path) -> Iterator[PseudoTerminal]:
    words = ["-m", "hushflake.cli.main", "sql"]
    with running(words, home, columns=80) as terminal:
        terminal.read_until(PROMPT)
        yield terminal


def test_a_prompt(prompt: PseudoTerminal) -> None:
    prompt.type("SELECT 'a;\n")
    prompt.read_until("-> ")
    prompt.type("b' AS TEXT,\n")
    prompt.read_until("-> ")
    prompt.type("  2 AS N; SELECT 3 AS M;\n")
    shown = prompt.read_until(PROMPT)
    assert r"a;\nb" in shown
    prompt.type("SELECT NOPE;\n")
    assert "invalid identifier 'NOPE'" in prompt.read_until(PROMPT)
    prompt.type("\\d\n")
    assert "CUSTOMERS" in prompt.read_until(PROMPT)
    prompt.type("\\nonsense\n")
    assert "Ctrl-D" in prompt.read_until(PROMPT)
    prompt.type("\x1b[A\n")  # the last statement comes back
    assert "invalid identifier 'NOPE'" in prompt.read_until(PROMPT)
    prompt.type("SELECT 1\x03")
    prompt.read_until(PROMPT)
    prompt.type("\\q\n")
    assert prompt.end() == 0
    assert "Traceback" not in prompt.raw
    history = Path(os.environ["XDG_STATE_HOME"]) / "hushflake" / "sql-history.jsonl"
    kept = [json.loads(line) for line in history.read_text("utf-8").splitlines()]
    assert kept[:2] == ["SELECT 'a;\nb' AS TEXT,\n  2 AS N;", "SELECT 3 AS M;"]


def test_ctrl_c_cancels_the_statement_and_the_prompt_goes_on(prompt: PseudoTerminal) -> None:
    prompt.type(f"{ENDLESS};\n")
    prompt.read_until("B;")
    time.sleep(1)
    prompt.type("\x03")
    assert "Cancelled." in prompt.read_until(PROMPT)
    prompt.type("SELECT 40 + 2 AS ANSWER;\n")
    assert "42" in prompt.read_until(PROMPT)
    prompt.type("\x04")
    assert prompt.end() == 0


def test_ctrl_c_ends_a_script(home: Path) -> None:
    with running(
        ["-m", "hushflake.cli.main", "sql", "SELECT 1; SELECT SYSTEM$WAIT(600)"], home
    ) as terminal:
        terminal.read_until("1 row")
        time.sleep(1)
        terminal.type("\x03")
        assert terminal.end() == 130
    assert "the statement was cancelled" in terminal.raw
