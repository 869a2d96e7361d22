"""A kind from an installed package is like ours: found, bound, planned and spelled."""

import subprocess
import sys
from pathlib import Path

KIND = """
from dataclasses import dataclass
from pathlib import Path
from hushflake.schema.kinds.base import Spec
from hushflake.schema.kinds.properties import COMMENT, Property, words
from hushflake.schema.kinds.property_kind import PropertyKind

@dataclass(frozen=True, slots=True, kw_only=True)
class Notebook(Spec):
    main_file: str

class NotebookKind(PropertyKind[Notebook]):
    name = "notebook"
    plural = "notebooks"
    privileges = ("USAGE",)
    level = "schema"
    spec_type = Notebook
    show = "NOTEBOOKS"
    properties = (Property("main_file", "MAIN_FILE", "literal"), COMMENT)
    templates = Path(__file__).parent / "sql"

    def read_row(self, row):
        return Notebook(comment=words(row.get("comment")), main_file="")

    def body(self, name, spec):
        return {"main_file": spec.main_file}
"""
OBJECTS = """
- {kind: schema, name: S}
- {kind: role, name: R}
- {kind: notebook, name: S.N, main_file: it's.ipynb}
- {kind: grant, to: R, privileges: [USAGE], on: {notebook: S.N}}
- {kind: grant, to: R, privileges: [USAGE], on: {future: notebooks, in: S}}
"""


def test_a_kind_of_another_package(tmp_path: Path) -> None:
    package = tmp_path / "site" / "notebook_kind"
    templates = package / "sql" / "notebook"
    templates.mkdir(parents=True)
    (package / "__init__.py").write_text(KIND, encoding="utf-8")
    text = "CREATE NOTEBOOK {{ name }} MAIN_FILE = {{ main_file | literal }}"
    (templates / "create.sql.j2").write_text(text, encoding="utf-8")
    info = tmp_path / "site" / "notebook_kind-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: notebook-kind\nVersion: 1.0\n", encoding="utf-8"
    )
    entry = "[hushflake.kinds]\nnotebook = notebook_kind:NotebookKind\n"
    (info / "entry_points.txt").write_text(entry, encoding="utf-8")
    project = tmp_path / "project"
    for folder in ("objects", "stacks"):
        (project / folder).mkdir(parents=True)
    (project / "hushflake.yaml").write_text("project: p\n", encoding="utf-8")
    (project / "stacks" / "local.yaml").write_text("database: DB\n", encoding="utf-8")
    (project / "objects" / "o.yaml").write_text(OBJECTS, encoding="utf-8")
    code = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); "
        "from hushflake.cli.main import main; sys.exit(main())"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "site")]

    def run(*words: str) -> str:
        done = subprocess.run(
            [*command, *words], cwd=project, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    shown = run("schema", "render")
    assert "CREATE NOTEBOOK DB.S.N MAIN_FILE = 'it''s.ipynb';" in shown
    assert "GRANT USAGE ON NOTEBOOK DB.S.N TO ROLE R;" in shown
    assert "GRANT USAGE ON FUTURE NOTEBOOKS IN SCHEMA DB.S TO ROLE R;" in shown
    # Its own template, and what a table of properties spells without one.
    (templates / "create.sql.j2").unlink()
    script = run("schema", "render")
    assert "CREATE NOTEBOOK IF NOT EXISTS DB.S.N\n  MAIN_FILE = 'it''s.ipynb';" in script
    (project / "script.sql").write_text(script, encoding="utf-8")
    found = run("schema", "import", "script.sql", "--database", "DB")
    assert "kind: notebook\n  name: S.N\n  main_file: it's.ipynb\n" in found
    assert "notebook: S.N" in found
    assert "future: notebooks" in found
