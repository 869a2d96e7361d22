"""Data files into entities, over HTTP through the real connector."""

import json
from pathlib import Path

import duckdb
import pytest

from hushflake.cli.main import main
from hushflake.knowledge.base import Base
from hushflake.knowledge.errors import KnowledgeMistakeError, UnknownEntityError
from hushflake.knowledge.load import entity_of, load_file, seed_files
from hushflake.knowledge.missing import Deleted, Missing
from hushflake.knowledge.reading import get_row
from hushflake.local.server.process.lifecycle import stop
from hushflake.schema.project import Project

NAMES = ("EMP-900", "EMP-901", "EMP-902")


def rows_of(base: Base, columns: str, where: str = "TRUE") -> list[tuple[object, ...]]:
    entity = base.entity("EMPLOYEES")
    found = base.session.query(
        f"SELECT {columns} FROM {entity.table} WHERE {where} ORDER BY EMPLOYEE_ID"
    )
    return [tuple(row.values()) for row in found]


@pytest.fixture
def people(empty_base: Base) -> Base:
    empty_base.session.execute(f"DELETE FROM {empty_base.entity('EMPLOYEES').table}")
    return empty_base


def test_seed_files_come_in_an_order_that_respects_references(empty_base: Base) -> None:
    names = [entity.name for entity, _ in seed_files(empty_base)]
    assert len(names) == 8
    assert names.index("EMPLOYEES") < names.index("COMPETITORS") < names.index("CUSTOMERS")
    assert names.index("PRODUCTS") < names.index("PRICING_MODELS")


@pytest.mark.parametrize("ending", ["csv", "jsonl", "yaml", "parquet"])
def test_every_format_gives_the_same_rows(people: Base, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"employees.{ending}"
    quoted = 'O\'Neil; "x", \\n ünïcode'
    rows: list[dict[str, str | None]] = [
        {"employee_id": "EMP-900", "full_name": quoted, "start_date": "2020-02-29"},
        {"employee_id": "EMP-901", "full_name": "No", "start_date": None},
    ]
    if ending == "parquet":
        with duckdb.connect() as connection:
            connection.execute("CREATE TABLE t (employee_id TEXT, full_name TEXT, start_date DATE)")
            connection.executemany(
                "INSERT INTO t VALUES (?, ?, ?)", [tuple(r.values()) for r in rows]
            )
            connection.execute(f"COPY t TO '{path}'")
    elif ending == "csv":
        path.write_text(
            'employee_id,full_name,start_date\nEMP-900,"'
            + quoted.replace('"', '""')
            + '",2020-02-29\nEMP-901,No,\n',
            encoding="utf-8",
        )
    elif ending == "yaml":
        path.write_text(
            "- employee_id: EMP-900\n  full_name: '"
            + quoted.replace("'", "''")
            + "'\n  start_date: 2020-02-29\n"
            + "- {employee_id: EMP-901, full_name: No, start_date: ~}\n",
            encoding="utf-8",
        )
    else:
        path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    loaded = load_file(people, entity_of(people, path), path)
    assert (loaded.inserted, loaded.updated, loaded.rejected) == (2, 0, 0)
    assert rows_of(people, "EMPLOYEE_ID, FULL_NAME, TO_VARCHAR(START_DATE)") == [
        ("EMP-900", quoted, "2020-02-29"),
        ("EMP-901", "No", None),
    ]


def test_equal_rows_are_not_written_again(people: Base, tmp_path: Path) -> None:
    path = tmp_path / "employees.csv"
    path.write_text("employee_id,full_name,title\nEMP-900,A,x\nEMP-901,B,\n", encoding="utf-8")
    entity = people.entity("EMPLOYEES")
    assert load_file(people, entity, path).inserted == 2
    first = rows_of(people, "UPDATED_AT")
    again = load_file(people, entity, path)
    assert (again.inserted, again.updated, again.unchanged) == (0, 0, 2)
    assert rows_of(people, "UPDATED_AT") == first
    path.write_text("employee_id,full_name,title\nEMP-900,A,y\nEMP-901,B,\n", encoding="utf-8")
    changed = load_file(people, entity, path)
    assert (changed.inserted, changed.updated, changed.unchanged) == (0, 1, 1)
    after = rows_of(people, "UPDATED_AT")
    assert after[0] > first[0]
    assert after[1] == first[1]


def test_blanks_around_keys_and_ids_are_no_part_of_them(people: Base, tmp_path: Path) -> None:
    path = tmp_path / "employees.csv"
    path.write_text("employee_id,full_name,slack_id\n EMP-900 , Ann , U900 \n", encoding="utf-8")
    load_file(people, people.entity("EMPLOYEES"), path)
    assert rows_of(people, "EMPLOYEE_ID, FULL_NAME, SLACK_ID") == [("EMP-900", " Ann ", "U900")]
    assert get_row(people, "EMPLOYEES", "emp-900 ").key == "EMP-900"
    path.write_text("employee_id,full_name\nEMP-900, Ann \nemp-900,Bea\n", encoding="utf-8")
    load_file(people, people.entity("EMPLOYEES"), path)
    assert get_row(people, "EMPLOYEES", "emp-900").values["full_name"] == "Bea"
    with pytest.raises(KnowledgeMistakeError, match="no row with this key"):
        get_row(people, "EMPLOYEES", "Emp-900")  # either may be meant


def test_rows_that_no_file_has_are_deleted_on_request(people: Base, tmp_path: Path) -> None:
    entity = people.entity("EMPLOYEES")
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    keys = [f"EMP-{number}" for number in range(900, 960)]
    first.write_text("employee_id,full_name\n" + "".join(f"{key},x\n" for key in keys), "utf-8")
    load_file(people, entity, first)
    missing = Missing(people, entity)
    people.session.execute(
        f"INSERT INTO {entity.table} (EMPLOYEE_ID, FULL_NAME, UPDATED_AT) "
        "SELECT 'EMP-999', 'came meanwhile', CURRENT_TIMESTAMP()"
    )
    first.write_text("employee_id,full_name\n" + "".join(f"{k},x\n" for k in keys[:30]), "utf-8")
    second.write_text("employee_id,full_name\n" + "".join(f"{k},x\n" for k in keys[30:58]), "utf-8")
    files = [load_file(people, entity, path) for path in (first, second)]
    # Two of sixty are within the brake, the thirty that the second file holds are not.
    held = missing.delete(list(files[0].keys))
    assert (held.rows, len(held.held), held.held[0]) == (0, 30, "EMP-930")
    assert missing.delete([key for item in files for key in item.keys]) == Deleted("EMPLOYEES", 2)
    left = [key for (key,) in rows_of(people, "EMPLOYEE_ID")]
    assert left == [*keys[:58], "EMP-999"]
    assert missing.delete(list(files[0].keys), allow=True).rows == 28


def test_the_command_deletes_nothing_where_a_row_was_refused(
    people: Base,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(people.project.local_data.parent)
    path = tmp_path / "employees.csv"
    path.write_text("employee_id,full_name\nEMP-900,x\nEMP-901,y\nEMP-902,z\n", "utf-8")
    load = ["load", str(path), "--no-embed", "--delete-missing"]
    assert main(load) == 0
    path.write_text("employee_id,full_name\nEMP-900,x\nEMP-901,y,z\n", "utf-8")
    assert main(load) == 2
    assert "nothing is deleted" in capsys.readouterr().err
    assert len(rows_of(people, "EMPLOYEE_ID")) == 3
    path.write_text("employee_id,full_name\nEMP-900,x\n", "utf-8")
    assert main(load) == 1
    assert "2 rows are in no file (EMP-901, EMP-902)" in " ".join(capsys.readouterr().err.split())
    assert main([*load, "--allow-deletes", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["missing"] == [{"entity": "EMPLOYEES", "deleted": 2, "held": []}]
    assert rows_of(people, "EMPLOYEE_ID") == [("EMP-900",)]


def test_a_column_that_the_file_never_names_is_left_alone(people: Base, tmp_path: Path) -> None:
    full = tmp_path / "full.jsonl"
    full.write_text(
        '{"employee_id": "EMP-900", "full_name": "A", "title": "t", "location": "l"}\n'
        '{"employee_id": "EMP-901", "full_name": "B", "title": "t", "location": "l"}\n',
        encoding="utf-8",
    )
    entity = people.entity("EMPLOYEES")
    load_file(people, entity, full)
    part = tmp_path / "part.jsonl"
    part.write_text(
        '{"employee_id": "EMP-900", "full_name": "A"}\n'
        '{"employee_id": "EMP-901", "full_name": "B", "title": "new"}\n',
        encoding="utf-8",
    )
    load_file(people, entity, part)
    assert rows_of(people, "TITLE, LOCATION") == [(None, "l"), ("new", "l")]


def test_bad_rows_go_to_the_reject_file_and_good_ones_in(people: Base, tmp_path: Path) -> None:
    path = tmp_path / "employees.csv"
    path.write_text(
        "employee_id,full_name,start_date,nickname\n"
        "EMP-900,A,2020-01-01,x\n"
        "EMP-901,,2020-13-01,y\n"
        "EMP-900,again,,\n"
        "EMP-902,C\n",
        encoding="utf-8",
    )
    rejects = tmp_path / "rejects.jsonl"
    loaded = load_file(people, people.entity("EMPLOYEES"), path, reject_file=rejects)
    assert (loaded.records, loaded.inserted, loaded.rejected) == (4, 1, 3)
    assert loaded.unknown == {"NICKNAME": 4 - 1}
    refused = [json.loads(line) for line in rejects.read_text("utf-8").splitlines()]
    assert [item["line"] for item in refused] == [3, 4, 5]
    assert refused[0]["reasons"] == [
        "full_name is missing",
        "start_date is '2020-13-01'; a date such as 2026-01-31 was expected",
    ]
    assert refused[1]["reasons"] == ["the key EMP-900 stands in line 2 already"]
    assert refused[2]["reasons"] == ["has 2 fields; the header names 4"]
    assert refused[1]["row"]["full_name"] == "again"
    assert loaded.first_reject.startswith("line 3: full_name is missing; ")
    assert rows_of(people, "EMPLOYEE_ID, FULL_NAME") == [("EMP-900", "A")]


def test_an_interrupted_load_goes_on_where_it_stopped(people: Base, tmp_path: Path) -> None:
    path = tmp_path / "employees.csv"
    lines = [f"EMP-{n},Name {n}" for n in range(900, 950)]
    path.write_text("employee_id,full_name\n" + "\n".join(lines), encoding="utf-8")
    entity = people.entity("EMPLOYEES")

    def stop_at_thirty(done: int, _all: int) -> None:
        if done == 30:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_file(people, entity, path, batch_rows=10, tell=stop_at_thirty)
    assert rows_of(people, "COUNT(*)", "TRUE GROUP BY 'x', EMPLOYEE_ID")[29:] == [(1,)]
    resumed = load_file(people, entity, path, batch_rows=10)
    assert (resumed.skipped, resumed.inserted, resumed.unchanged) == (30, 20, 0)
    again = load_file(people, entity, path, batch_rows=10)
    assert (again.skipped, again.unchanged) == (0, 50)


def test_a_batch_is_bounded_by_its_text_too(
    people: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hushflake.knowledge.load.BATCH_CHARACTERS", 1000)
    path = tmp_path / "employees.jsonl"
    sizes = [10, 400, 700, 10, 1500, 10, 10]  # one row alone is larger than a batch
    rows = [
        {"employee_id": f"EMP-9{n:02d}", "full_name": "A", "bio": "é" * size}
        for n, size in enumerate(sizes)
    ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    told: list[int] = []
    loaded = load_file(
        people, people.entity("EMPLOYEES"), path, tell=lambda done, _all: told.append(done)
    )
    assert told == [2, 4, 5, 7]
    assert loaded.inserted == 7
    assert rows_of(people, "LENGTH(BIO)") == [(size,) for size in sizes]


def test_another_content_or_restart_begins_at_the_first_row(people: Base, tmp_path: Path) -> None:
    path = tmp_path / "employees.csv"
    path.write_text("employee_id,full_name\nEMP-900,A\nEMP-901,B\n", encoding="utf-8")
    entity = people.entity("EMPLOYEES")

    def stop_now(_done: int, _all: int) -> None:
        raise KeyboardInterrupt

    for restart, change in ((True, ""), (False, "EMP-902,C\n")):
        with pytest.raises(KeyboardInterrupt):
            load_file(people, entity, path, batch_rows=1, tell=stop_now)
        path.write_text(path.read_text("utf-8") + change, encoding="utf-8")
        loaded = load_file(people, entity, path, restart=restart)
        assert loaded.skipped == 0
        assert loaded.records == loaded.inserted + loaded.unchanged


def test_numbers_and_dates_arrive_as_such(empty_base: Base, tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text(
        "customer_id,name,arr_usd,health_score,renewal_date\nCUS-900,A,1234.50,7,2027-01-31\n",
        encoding="utf-8",
    )
    entity = empty_base.entity("CUSTOMERS")
    load_file(empty_base, entity, path)
    (row,) = empty_base.session.query(
        f"SELECT ARR_USD, HEALTH_SCORE, RENEWAL_DATE FROM {entity.table} "
        "WHERE CUSTOMER_ID = 'CUS-900'"
    )
    assert [str(value) for value in row.values()] == ["1234.50", "7", "2027-01-31"]


def test_unknown_entities(empty_base: Base, tmp_path: Path) -> None:
    with pytest.raises(UnknownEntityError, match="did you mean EMPLOYEES"):
        empty_base.entity("employes")
    with pytest.raises(KnowledgeMistakeError, match="name one with --entity"):
        entity_of(empty_base, tmp_path / "people.csv")


def test_nothing_is_left_behind(people: Base, tmp_path: Path) -> None:
    path = tmp_path / "employees.csv"
    path.write_text("employee_id,full_name\nEMP-900,A\n", encoding="utf-8")
    load_file(people, people.entity("EMPLOYEES"), path)
    names = [row["name"] for row in people.session.query("SHOW TABLES IN ACCOUNT")]
    assert not [name for name in names if name.startswith("HUSHFLAKE_LOAD")]
    assert not list((people.project.local_data / "loads").glob("*"))


def test_the_command_loads_the_seed_rows_twice_without_a_change(
    empty_project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(empty_project.local_data.parent)
    assert main(["load", "--format", "json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert first["format"] == "hushflake.load/1"
    assert {item["entity"] for item in first["files"]} >= {"EMPLOYEES", "RELATIONSHIPS"}
    assert all(item["rows"] >= 20 and item["rejected"] == 0 for item in first["files"])
    # Rows of other tests that were not embedded yet may be among them.
    assert first["embedded"] >= sum(item["inserted"] for item in first["files"]) >= 200
    assert main(["load", "--format", "json"]) == 0
    second = json.loads(capsys.readouterr().out)
    assert second["embedded"] == 0
    assert all(item["unchanged"] == item["rows"] for item in second["files"])


def test_the_command_tells_refused_rows_and_unknown_columns(
    empty_project: Project,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(empty_project.local_data.parent)
    path = tmp_path / "people.csv"
    path.write_text("employee_id,full_name,shoe\nEMP-990,A,7\nEMP-991,,8\n", encoding="utf-8")
    assert main(["load", str(path), "--entity", "employees", "--no-embed"]) == 2
    out, err = capsys.readouterr()
    assert "EMPLOYEES has no field shoe; skipped in 2 rows" in out
    assert "1 rejected. The first: line 3: full_name is missing" in err
    assert main(["load", str(path)]) == 2
    assert "name one with --entity" in capsys.readouterr().err


def test_a_stack_that_was_never_deployed_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        for command in (["search", "x"], ["load"], ["related", "EMPLOYEES", "EMP-001"]):
            assert main(command) == 2
            told = capsys.readouterr().err
            assert "hushflake apply --stack local" in told
    finally:
        stop(tmp_path / ".hushflake")


def test_no_file_but_one_of_refused_rows_is_overwritten(people: Base, tmp_path: Path) -> None:
    path = tmp_path / "employees.csv"
    path.write_text("employee_id,full_name\nEMP-900,A\nEMP-901,\n", encoding="utf-8")
    diary = tmp_path / "diary.txt"
    diary.write_text("dear diary\n", encoding="utf-8")
    entity = people.entity("EMPLOYEES")
    for other, said in (
        (path, "the file that is being loaded"),
        (diary, "holds something other than"),
    ):
        before = other.read_bytes()
        with pytest.raises(KnowledgeMistakeError, match=said):
            load_file(people, entity, path, reject_file=other)
        assert other.read_bytes() == before
    assert rows_of(people, "EMPLOYEE_ID") == []
    rejects = tmp_path / "rejects.jsonl"
    for _ in range(2):
        load_file(people, entity, path, reject_file=rejects)
        assert len(rejects.read_text("utf-8").splitlines()) == 1


def test_refused_rows_of_several_files_stay_together(people: Base, tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.csv" for name in "abc"]
    for path in paths:
        text = f"employee_id,full_name\nEMP-{path.stem},A\n{path.stem}\u2028,\n"
        path.write_text(text, encoding="utf-8")
    entity, rejects = people.entity("EMPLOYEES"), tmp_path / "rejects.jsonl"
    for count in (1, 2):
        for path in paths:
            loaded = load_file(people, entity, path, reject_file=rejects, beside=paths)
            assert loaded.rejected == 1, count
        lines = rejects.read_bytes().splitlines()
        files = [Path(json.loads(line)["file"]).name for line in lines]
        assert files == ["a.csv", "b.csv", "c.csv"]
    load_file(people, entity, paths[1], reject_file=rejects)
    assert [
        json.loads(line)["row"]["employee_id"] for line in rejects.read_bytes().splitlines()
    ] == ["b\u2028"]


def test_refused_rows_survive_a_death_at_any_moment(people: Base, tmp_path: Path) -> None:
    path = tmp_path / "employees.csv"
    lines = [f"EMP-{n},{'' if n % 2 else 'Name'}" for n in range(900, 920)]
    path.write_text("employee_id,full_name\n" + "\n".join(lines), encoding="utf-8")
    entity, rejects = people.entity("EMPLOYEES"), tmp_path / "rejects.jsonl"

    def stop_at_ten(done: int, _all: int) -> None:
        if done >= 10:
            raise KeyboardInterrupt

    # What was on disk when the process died: nothing, a line and a half, more than is noted as in.
    for left in (b"", b'{"file": "/x/employees.csv", "line": 3, "re', None):
        rejects.unlink(missing_ok=True)
        with pytest.raises(KeyboardInterrupt):
            load_file(people, entity, path, reject_file=rejects, batch_rows=2, tell=stop_at_ten)
        if left is not None:
            rejects.write_bytes(left)
        loaded = load_file(people, entity, path, reject_file=rejects, batch_rows=2)
        assert loaded.skipped >= 10
        refused = [
            json.loads(line)["row"]["employee_id"] for line in rejects.read_bytes().splitlines()
        ]
        assert refused == [f"EMP-{n}" for n in range(901, 920, 2)]
        assert loaded.rejected == 10


def test_another_table_is_loaded_from_the_first_row(people: Base, tmp_path: Path) -> None:
    path = tmp_path / "employees.csv"
    lines = [f"EMP-{n},Name {n}" for n in range(900, 920)]
    path.write_text("employee_id,full_name\n" + "\n".join(lines), encoding="utf-8")
    entity = people.entity("EMPLOYEES")

    def stop_now(_done: int, _all: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_file(people, entity, path, batch_rows=10, tell=stop_now)
    sql = entity.table.sql
    people.session.execute(f"ALTER TABLE {sql} RENAME TO {sql}_AWAY")
    people.session.execute(f"CREATE TABLE {sql} LIKE {sql}_AWAY")
    try:
        loaded = load_file(people, entity, path)
        assert (loaded.skipped, loaded.inserted) == (0, 20)
    finally:
        people.session.execute(f"DROP TABLE {sql}")
        people.session.execute(f"ALTER TABLE {sql}_AWAY RENAME TO {sql}")


def test_text_that_is_none_is_refused_like_any_other_value(people: Base, tmp_path: Path) -> None:
    path = tmp_path / "employees.jsonl"
    half = "\\ud800"
    path.write_text(
        '{"employee_id": "EMP-900", "full_name": "a' + half + '"}\n'
        '{"employee_id": "EMP-901", "full_name": "b", "FULL_NAME": "c"}\n'
        '{"employee_id": "EMP-902", "full_name": "d", "full_name": "e"}\n'
        '{"employee_id": "EMP-903", "full_name": ' + "[" * 20_000 + "]" * 20_000 + "}\n"
        '{"employee_id": "EMP-904", "full_name": "good"}\n',
        encoding="utf-8",
    )
    rejects = tmp_path / "rejects.jsonl"
    loaded = load_file(people, people.entity("EMPLOYEES"), path, reject_file=rejects)
    assert (loaded.inserted, loaded.rejected) == (1, 4)
    refused = [json.loads(line) for line in rejects.read_bytes().splitlines()]
    assert [item["reasons"] for item in refused] == [
        ["full_name holds half a character (a lone surrogate)"],
        ["names a field twice"],
        ["is not JSON: a name stands twice in one object"],
        ["is nested too deeply"],
    ]
    assert refused[0]["row"]["full_name"] == "a\ud800"
