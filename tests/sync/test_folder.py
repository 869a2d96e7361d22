"""A folder of Markdown files as one of the two sides: the same engine, an account in memory."""

import os
import random
from pathlib import Path

import pytest
from sync_maps import field
from sync_memory import Account, MemoryCache, MemoryStore, Steps

from hushflake.schema.notion import Brake
from hushflake.sync.cycle import Sync
from hushflake.sync.folder.document import Document, DocumentError, value_of
from hushflake.sync.folder.source import FolderSource
from hushflake.sync.mapping import Column, EntityMap
from hushflake.sync.options import Options
from hushflake.sync.report import CycleReport

COLUMNS = ("ITEM_ID", "NAME", "AMOUNT", "ACTIVE", "DUE", "TAGS", "CONTENT", "EXTRA")


class Side:
    """A folder and an account, and a sync between them."""

    def __init__(self, root: Path) -> None:
        types = {"AMOUNT": "NUMBER(14, 2)", "ACTIVE": "BOOLEAN", "DUE": "DATE", "TAGS": "ARRAY"}
        columns = tuple(Column(n, n, types.get(n, "VARCHAR(2000)")) for n in COLUMNS)
        fields = (
            field("NAME", "VARCHAR(200)", required=True),
            field("AMOUNT", "NUMBER(14, 2)", "number"),
            field("ACTIVE", "BOOLEAN", "checkbox"),
            field("DUE", "DATE", "date"),
            field("TAGS", "ARRAY", "multi_select"),
            field("CONTENT", "VARCHAR(2000)", "body"),
        )
        self.of = EntityMap(
            "ITEMS", "T", "folder", columns[:1], fields, columns, brake=Brake(rows=100),
            page_column="",
        )  # fmt: skip
        self.account = Account()
        source = FolderSource(root)
        source.prepare(self.of)
        self.folder = root / "items"
        self.sync = Sync(
            "memory", (self.of,), source, MemoryStore(self.account, Steps()), MemoryCache({}),
            Options(allow_deletes=True),
        )  # fmt: skip

    def row(self, key: str, **cells: str | None) -> None:
        there = self.account.rows.get("ITEMS", {}).get(key, {"ITEM_ID": key})
        self.account.put_row("ITEMS", key, {**there, **cells})

    def rows(self) -> dict[str, dict[str, str | None]]:
        return {key: dict(cells) for key, cells in self.account.rows.get("ITEMS", {}).items()}

    def run(self, **options: bool) -> CycleReport:
        self.sync.options = Options(allow_deletes=True, **options)
        report = self.sync.cycle()
        assert not report.failed, report.plain()
        return report

    def files(self) -> dict[str, str]:
        return {path.name: path.read_text() for path in sorted(self.folder.glob("*.md"))}


@pytest.fixture
def side(tmp_path: Path) -> Side:
    return Side(tmp_path / "notes")


def test_rows_become_files_and_files_become_rows(side: Side) -> None:
    side.row("chair", NAME="Chair", AMOUNT="12.5", ACTIVE="true", DUE="2026-05-01",
             TAGS='["b","a"]', CONTENT="Hello")  # fmt: skip
    side.run()
    text = side.files()["chair.md"]
    data = Document.read(text).data
    assert data == {
        "Name": "Chair", "Amount": "12.5", "Active": "true", "Due": "2026-05-01",
        "Tags": ["a", "b"], "sync_id": "chair",
    }  # fmt: skip
    assert Document.read(text).body == "Hello\n"
    (side.folder / "lamp.md").write_text("---\nName: Lamp  # bright\nAmount: 5\n---\n\nLight\n")
    side.run()
    key = next(key for key in side.rows() if key != "chair")
    row = side.rows()[key]
    assert (row["NAME"], row["AMOUNT"], row["CONTENT"]) == ("Lamp", "5", "Light\n")
    # What a person wrote beside the values stays.
    assert "Name: Lamp  # bright" in side.files()["lamp.md"]
    for _ in range(2):
        assert side.run().idle


def test_edits_go_both_ways_and_conflicts_are_recorded(side: Side) -> None:
    side.row("k", NAME="n", CONTENT="one\ntwo\n")
    side.run()
    path = side.folder / "k.md"
    path.write_text(path.read_text().replace("two", "TWO"))
    side.row("k", NAME="new")
    side.run()
    assert side.rows()["k"]["CONTENT"] == "one\nTWO\n"
    assert "Name: new" in path.read_text()
    path.write_text(path.read_text().replace("Name: new", "Name: theirs"))
    side.row("k", NAME="ours")
    side.run()
    assert side.rows()["k"]["NAME"] == "theirs"
    assert [(c.column, c.snowflake) for c in side.account.conflicts.values()] == [("NAME", "ours")]


def test_a_file_that_is_thrown_away_or_moved_back(side: Side) -> None:
    side.row("k", NAME="n", EXTRA="x", CONTENT="c\n")
    side.run()
    text = side.files()["k.md"]
    (side.folder / "k.md").unlink()
    side.run()
    assert not side.rows()
    (side.folder / "k.md").write_text(text)
    side.run()
    assert side.rows()["k"]["EXTRA"] == "x"
    side.account.put_row("ITEMS", "k", None)
    side.run()
    assert not side.files()
    side.row("k", NAME="again")
    side.run()
    assert Document.read(side.files()["k.md"]).data["Name"] == "again"


def test_a_file_that_is_renamed_or_copied(side: Side) -> None:
    side.row("k", NAME="n")
    side.run()
    (side.folder / "k.md").rename(side.folder / "another name.md")
    assert side.run().idle
    (side.folder / "copy.md").write_text(side.files()["another name.md"])
    os.utime(side.folder / "another name.md", (1, 1))
    side.run()
    assert len(side.rows()) == 2
    ties = {Document.read(text).data["sync_id"] for text in side.files().values()}
    assert ties == set(side.rows())


def test_a_folder_that_is_gone_deletes_nothing(side: Side) -> None:
    side.row("k", NAME="n")
    side.run()
    side.folder.rename(side.folder.with_name("elsewhere"))
    report = side.sync.cycle()
    assert "no such folder" in report.entities[0].failures[0]
    assert side.rows()


@pytest.mark.parametrize(
    "text",
    [
        "---\nName: [unclosed\n---\n",
        "---\nName: n\n",
        "---\n- a list\n---\n",
        "---\na: &a [x]\nb: *a\n---\n",
        "---\nName: n\nDue: tomorrow\n---\n",
        "---\nName: n\nAmount: {a: b}\n---\n",
        "---\n" + "[" * 5000 + "\n---\n",
    ],
)
def test_a_file_that_cannot_be_read_is_told_and_left(side: Side, text: str) -> None:
    side.row("k", NAME="n")
    side.row("other", NAME="o")
    side.run()
    (side.folder / "k.md").write_text(text)
    side.row("other", NAME="goes")
    report = side.run(full=True)
    assert "k.md" in str(report.entities[0].notes)
    assert side.rows()["k"]["NAME"] == "n"
    assert "Name: goes" in side.files()["other.md"]
    assert side.files()["k.md"] == text
    (side.folder / "k.md").write_text("---\nName: right\nsync_id: k\n---\n")
    side.run()
    assert side.rows()["k"]["NAME"] == "right"


def test_nothing_outside_is_read_or_written(side: Side, tmp_path: Path) -> None:
    outside = tmp_path / "secret.md"
    outside.write_text("---\nName: secret\n---\n")
    (side.folder / "link.md").symlink_to(outside)
    (side.folder / "pipe.md").unlink(missing_ok=True)
    os.mkfifo(side.folder / "pipe.md")
    side.row("../../up", NAME="n")
    side.row("/etc/x", NAME="m")
    side.row("link", NAME="l")
    side.run()
    assert outside.read_text() == "---\nName: secret\n---\n"
    assert sorted(path.parent for path in tmp_path.rglob("*up*.md")) == [
        side.folder.parent / ".hushflake-sync" / "items",
        side.folder,
    ]
    assert "secret" not in str(side.rows())


@pytest.mark.parametrize("seed", range(12))
def test_random_edits_on_both_sides_end_equal(side: Side, seed: int) -> None:
    chosen = random.Random(seed)
    for number in range(30):
        names, keys = sorted(side.files()), sorted(side.rows())
        act = chosen.choice(["row", "edit", "file", "write", "rm", "delete", "run", "run"])
        if act == "row":
            side.row(f"r{number}", NAME=f"v{number}")
        elif act == "edit" and keys:
            side.row(chosen.choice(keys), CONTENT=f"v{number}\n")
        elif act == "file":
            (side.folder / f"f{number}.md").write_text(f"---\nName: v{number}\n---\n")
        elif act == "write" and names:
            path = side.folder / chosen.choice(names)
            path.write_text(
                Document.read(path.read_text()).with_values({"Name": f"v{number}"}).text()
            )
        elif act == "rm" and names:
            (side.folder / chosen.choice(names)).unlink()
        elif act == "delete" and keys:
            side.account.put_row("ITEMS", chosen.choice(keys), None)
        else:
            side.run()
    for _ in range(6):
        if side.run().idle:
            break
    found = {
        str(document.data["sync_id"]): (document.data["Name"], document.body or None)
        for document in map(Document.read, side.files().values())
    }
    assert found == {key: (row["NAME"], row.get("CONTENT")) for key, row in side.rows().items()}
    assert side.run(full=True).idle


def test_values_of_front_matter() -> None:
    text = "---\nn: 1_000\nd: 2026-01-31\nb: yes\nt: a, b\ne:\n---\nbody"
    data = Document.read(text).data
    assert value_of(field("N", kind="number", property_name="n"), data["n"]) == "1000"
    assert value_of(field("D", kind="date", property_name="d"), data["d"]) == "2026-01-31"
    assert value_of(field("B", kind="checkbox", property_name="b"), data["b"]) is True
    assert value_of(field("T", kind="multi_select", property_name="t"), data["t"]) == ("a", "b")
    assert value_of(field("E", property_name="e"), data["e"]) is None
    with pytest.raises(DocumentError):
        value_of(field("D", kind="date", property_name="d"), "soon")
