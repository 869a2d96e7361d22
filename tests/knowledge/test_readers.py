"""Data files as rows."""

from pathlib import Path

import duckdb
import pytest

from hushflake.knowledge.errors import InputError
from hushflake.knowledge.readers import Record, read_records, readers
from tests.fakes.bounded import cpu_within


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_text(text, encoding=encoding)
    return path


def test_formats() -> None:
    endings = {".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".yaml", ".yml"}
    assert set(readers()) == endings


def test_csv(tmp_path: Path) -> None:
    text = 'id,text\n1,"two\nlines, one field"\n2,\n3,a,b\n'
    assert list(read_records(written(tmp_path / "a.csv", text, "utf-8-sig"))) == [
        Record(2, {"id": "1", "text": "two\nlines, one field"}),
        Record(4, {"id": "2", "text": None}),
        Record(5, {"id": "3", "text": "a"}, "has 3 fields; the header names 2"),
    ]


def test_csv_with_semicolons(tmp_path: Path) -> None:
    records = read_records(written(tmp_path / "a.csv", "id;price\n1;2,50\n"))
    assert list(records) == [Record(2, {"id": "1", "price": "2,50"})]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('a,b\n1,"x\n2,"y"\n3,z\n', {2: "error", 3: "y", 4: "z"}),
        ('a,b\n1,"x\n2,y\n3,z\n', {2: "error", 3: "y", 4: "z"}),
        ('a,b\n1,"x\ny"\n2,y\n', {2: "x\ny", 4: "y"}),
        ('a,b\n1,2\n"', {2: "2", 3: "error"}),
        ('a,b\r\n1,"x"y\r\n\r\n2,"z"\r\n', {2: "error", 4: "z"}),
    ],
)
def test_a_quote_that_is_not_closed_costs_its_own_record(
    tmp_path: Path, text: str, lines: dict[int, str]
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode())
    found = {r.line: "error" if r.error else r.values["b"] for r in read_records(path)}
    assert found == lines


def test_many_open_quotes_take_a_time_that_grows_with_the_file(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "a,b\n" + '1,"x\n' * 50_001)
    with cpu_within(5):
        assert sum(record.error is not None for record in read_records(path)) > 10_000


def test_json_lines(tmp_path: Path) -> None:
    text = '{"id": 1, "tags": ["a"]}\n\nnot json\n[1]\n'
    records = list(read_records(written(tmp_path / "a.jsonl", text)))
    assert records[0] == Record(1, {"id": 1, "tags": ["a"]})
    assert [(r.line, (r.error or "")[:6]) for r in records[1:]] == [
        (3, "is not"),
        (4, "is not"),
    ]


def test_yaml_keeps_scalars_as_written(tmp_path: Path) -> None:
    text = (
        "- {id: 0123, on: no, n: 1e3, none: null, also: ~, text: 'null', list: [a, 1]}\n- plain\n"
    )
    records = list(read_records(written(tmp_path / "a.yaml", text)))
    assert records[0].values == {
        "id": "0123",
        "on": "no",
        "n": "1e3",
        "none": None,
        "also": None,
        "text": "null",
        "list": ["a", "1"],
    }
    assert records[1] == Record(2, {}, "is not a mapping of field to value")
    (twice,) = read_records(written(tmp_path / "b.yaml", "- {a: 1, a: 2}"))
    assert twice.error == "names a field twice"


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT 1 AS id, DATE '2026-01-31' AS day, ['a'] AS tags) TO '{path}'"
        )
    (record,) = read_records(path)
    assert record.line == 1
    assert record.values["id"] == 1
    assert str(record.values["day"]) == "2026-01-31"
    assert record.values["tags"] == ["a"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.xlsx", "", "1:1: no reader for .xlsx"),
        ("a.csv", "", "1:1: the file has no header line"),
        ("a.csv", '"a,b\n1,2\n', "1:1: the header is not CSV: a quote is opened and not closed"),
        ("a.csv", "a, b ,c,B\n1,2,3,4", "1:1: the header names b twice"),
        ("a.yaml", "a: 1", "1:1: rows are a list of mappings"),
        ("a.yaml", "- a: [1\n- b: }", "2:4: not YAML"),
        ("a.yaml", "- &x [1]\n- {a: *x}", "2:1: data files hold no aliases"),
        ("a.yaml", f"- {'[' * 50_000}{']' * 50_000}", "1:1: rows are nested too deeply"),
        ("a.parquet", "no", "1:1: not Parquet"),
    ],
)
def test_unreadable(tmp_path: Path, name: str, text: str, message: str) -> None:
    path = written(tmp_path / name, text)
    with pytest.raises(InputError) as error:
        list(read_records(path))
    assert str(error.value).startswith(f"{path}:{message}")


def test_missing_and_not_utf8(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        list(read_records(tmp_path / "a.csv"))
    (tmp_path / "b.csv").write_bytes(b"a\n\xff\n")
    with pytest.raises(InputError, match="not UTF-8"):
        list(read_records(tmp_path / "b.csv"))
