"""Only these modules name DuckDB's tables of rows: what else reads rows gets them from the gate."""

import re
from pathlib import Path

LOCAL = Path(__file__).parents[3] / "local"
_NAMES = re.compile(r'data\."(?:t|h|\{)|physical\(')
# Each of them comes after the gate, or is asked by nobody.
KNOWN = {
    "cortex/embedder_changes.py",
    "cortex/texts/store.py",
    "cortex/vectors/matrix.py",
    "objects/alter_table.py",
    "objects/create_or_alter.py",
    "objects/kinds/dynamic_table.py",
    "objects/kinds/table.py",
    "sql/dml.py",
    "sql/functions/changes.py",
    "sql/guarded.py",
    "sql/inserting.py",
    "sql/merge.py",
    "sql/policies.py",
    "sql/stored.py",
    "sql/streams.py",
    "statements/running/execution.py",
    "statements/truncate.py",
}


def test_no_other_module_names_the_tables_of_rows() -> None:
    found = {
        path.relative_to(LOCAL).as_posix()
        for path in LOCAL.rglob("*.py")
        if _NAMES.search(path.read_text(encoding="utf-8"))
    }
    assert {name for name in found if not name.startswith("engine/")} == KNOWN


def test_grants_are_looked_up_in_one_room() -> None:
    """Whether a role may do something is asked of the gate, by its own name or a session's."""
    asks = re.compile(r"privileges\.(?:has|held)\(")
    for path in LOCAL.rglob("*.py"):
        if path.parent.name != "access":
            assert not asks.search(path.read_text(encoding="utf-8")), path
