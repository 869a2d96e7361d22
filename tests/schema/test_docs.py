"""The documentation says what the program does."""

import os
import re
from pathlib import Path

import pytest
import yaml
from projects import compile_text

from hushflake.schema.compile import compile_stack, load_stack
from hushflake.schema.kinds import all_kinds
from hushflake.schema.project import find_project
from hushflake.schema.reference import kinds_page

ROOT = Path(__file__).parents[2]
EXAMPLES = re.findall(
    r"```yaml\n(.*?)```", (ROOT / "docs" / "schema.md").read_text(encoding="utf-8"), re.DOTALL
)


def test_the_page_of_kinds_is_that_of_the_program() -> None:
    page = ROOT / "docs" / "kinds.md"
    if os.environ.get("HUSHFLAKE_WRITE_CASES"):
        page.write_text(kinds_page(), encoding="utf-8")
    assert page.read_text(encoding="utf-8") == kinds_page()


@pytest.mark.parametrize("kind", sorted(all_kinds()))
def test_every_kind_has_a_case(kind: str) -> None:
    text = "".join(
        p.read_text(encoding="utf-8")
        for p in (ROOT / "tests" / "schema" / "cases").glob("*/*.yaml")
    )
    assert f"kind: {kind}" in text


@pytest.mark.parametrize("text", [e for e in EXAMPLES if "kind:" in e or "entity:" in e])
def test_examples_compile(text: str, tmp_path: Path) -> None:
    around = [
        {"kind": "schema", "name": "KB"},
        {"kind": "warehouse", "name": "ETL_WH"},
        {"kind": "role", "name": "READERS"},
    ]
    found = yaml.load(text, Loader=yaml.BaseLoader)
    items = found if isinstance(found, list) else [found]
    have = {(item.get("kind"), item.get("name")) for item in items}
    base = [item for item in around if (item["kind"], item["name"]) not in have]
    indented = (
        text if isinstance(found, list) else "- " + text.replace("\n", "\n  ").rstrip() + "\n"
    )
    assert compile_text(tmp_path, (yaml.safe_dump(base) if base else "") + indented).resources


def test_the_shipped_project_is_as_large_as_said() -> None:
    project = find_project(ROOT, "foundation")
    desired = compile_stack(project, load_stack(project, "local"))
    kinds = [key.kind for key in desired.resources]
    # Two entities have chunks: a table, three streams and two tasks more for each.
    assert (len(desired.entities), kinds.count("stream"), kinds.count("task")) == (8, 14, 12)
    assert kinds.count("warehouse") == 3
    assert kinds.count("role") == 5
