"""Functions in Python: off, and where they are on."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import snowflake.connector

from hushflake.local.server.process import lifecycle

Run = Callable[[str], Any]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("stack")
    lifecycle.configure(folder, "local", {"python_functions": True})
    endpoint = lifecycle.ensure_running(folder)
    try:
        with snowflake.connector.connect(**endpoint.connect_arguments()) as opened:
            opened.cursor().execute("CREATE DATABASE D")
            yield opened
    finally:
        lifecycle.stop(folder)


@pytest.fixture
def one(python: Any) -> Run:
    return lambda sql: python.cursor().execute(sql).fetchone()[0]


def make(one: Run, takes: str, returns: str, code: str) -> None:
    # A schema of its own: functions of one name and other types stay beside each other.
    one("CREATE OR REPLACE SCHEMA D.S")
    one(
        f"CREATE OR REPLACE FUNCTION F({takes}) RETURNS {returns} LANGUAGE PYTHON "
        f"RUNTIME_VERSION = '3.11' HANDLER = 'f' AS $${code}$$"
    )


@pytest.mark.parametrize(
    ("takes", "returns", "code", "call", "result"),
    [
        ("A INT, B INT", "INT", "def f(a, b): return a * b", "F(6, 7)", 42),
        ("A NUMBER(10, 2)", "VARCHAR", "def f(a): return type(a).__name__", "F(1.5)", "Decimal"),
        ("A FLOAT", "FLOAT", "def f(a): return a / 2", "F(3)", 1.5),
        ("A VARCHAR", "VARCHAR", "f = str.swapcase", "F('aB')", "Ab"),
        ("A VARCHAR", "VARCHAR", "def f(a): return 'null' if a is None else a", "F(NULL)", "null"),
        ("A BOOLEAN", "BOOLEAN", "def f(a): return not a", "F(FALSE)", True),
        ("A DATE", "INT", "def f(a): return a.year", "F('2024-02-03'::DATE)", 2024),
        ("A VARIANT", "INT", "def f(a): return a['x'][1]", "F(PARSE_JSON('{\"x\": [1, 5]}'))", 5),
        ("A INT", "ARRAY", "def f(a): return list(range(a))", "ARRAY_SIZE(F(3))", 3),
        ("A BINARY", "BINARY", "def f(a): return a[::-1]", "TO_VARCHAR(F(X'0102'))", "0201"),
        ("A INT", "INT", "def f(a):\n  print('noise')\n  return a", "F(1)", 1),
    ],
)  # fmt: skip
def test_values_go_there_and_back(
    one: Run, takes: str, returns: str, code: str, call: str, result: Any
) -> None:
    make(one, takes, returns, code)
    assert one(f"SELECT {call}") == result


def test_a_replaced_function_and_many_rows(one: Run) -> None:
    for factor in (2, 3):
        make(one, "A INT", "INT", f"def f(a): return a * {factor}")
        total = one(
            "SELECT SUM(F(N)) FROM (SELECT SEQ4() AS N FROM TABLE(GENERATOR(ROWCOUNT => 5000)))"
        )
        assert total == factor * sum(range(5000))


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def f(a): return 1 / 0", "ZeroDivisionError: division by zero at line 1"),
        ("def f(a) return 1", "SyntaxError"),
        ("def g(a): return 1", "no handler 'f'"),
        ("def f(a): return open('/etc/passwd').read()", "opens no files"),
        ("def f(a):\n  open('x', 'w')", "opens no files"),
        ("import socket\ndef f(a): socket.create_connection(('127.0.0.1', 9))", "may not do this"),
        ("import os\ndef f(a): os.system('true')", "may not do this"),
        ("import subprocess\ndef f(a): subprocess.run(['true'])", "may not do this"),
        ("import os\ndef f(a): return len(bytearray(4 * 1024 ** 3))", "MemoryError"),
        ("import os\ndef f(a): os._exit(0)", "its process ended"),
        ("import os\ndef f(a): return os.environ.get('HOME', 'none')", ""),
    ],
)
def test_what_goes_wrong_is_told(one: Run, code: str, said: str) -> None:
    make(one, "A INT", "VARCHAR", code)
    if not said:
        assert one("SELECT F(1)") == "none"
        return
    with pytest.raises(snowflake.connector.Error, match=said):
        one("SELECT F(1)")
    # The stack goes on.
    assert one("SELECT 1") == 1


def test_they_are_off_unless_turned_on(sql: Callable[..., Any]) -> None:
    sql(
        "CREATE FUNCTION F(A INT) RETURNS INT LANGUAGE PYTHON RUNTIME_VERSION = '3.11' "
        "HANDLER = 'f' AS $$def f(a): return a$$"
    )
    with pytest.raises(snowflake.connector.Error, match="--python-functions"):
        sql("SELECT F(1)")


def test_no_process_is_left(tmp_path: Path) -> None:
    import subprocess

    lifecycle.configure(tmp_path, "local", {"python_functions": True})
    endpoint = lifecycle.ensure_running(tmp_path)
    with snowflake.connector.connect(**endpoint.connect_arguments()) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE DATABASE D")
        make(cursor.execute, "A INT", "INT", "def f(a): return a")
        cursor.execute("SELECT F(1)").fetchall()

    def children() -> str:
        return subprocess.run(
            ["ps", "-o", "args=", "--ppid", str(endpoint.pid)], capture_output=True, text=True
        ).stdout

    assert "child.py" in children()
    lifecycle.stop(tmp_path)
    assert "child.py" not in children()


def test_of_several_functions_the_one_that_fits_is_called(one: Run) -> None:
    one("CREATE OR REPLACE SCHEMA D.S")
    for kind in ("INT", "VARCHAR", "DATE", "VARIANT"):
        one(f"CREATE FUNCTION KIND_OF(A {kind}) RETURNS VARCHAR AS $$'{kind}'$$")
    calls = {
        "1": "INT",
        "'x'": "VARCHAR",
        "'2024-01-01'::DATE": "DATE",
        "PARSE_JSON('1')": "VARIANT",
    }
    for value, kind in calls.items():
        assert one(f"SELECT KIND_OF({value})") == kind
