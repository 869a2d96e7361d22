"""A kind from an installed package is like ours: found, bound, planned and spelled."""

import subprocess
import sys
from pathlib import Path

KIND = """
from dataclasses import dataclass
from pathlib import Path
from hushflake.schema.kinds.base import Spec
from hushflake.schema.kinds.common import SchemaObject
from hushflake.schema.kinds.properties import COMMENT, words

@dataclass(frozen=True, slots=True, kw_only=True)
class Notebook(Spec):
    main_file: str

class NotebookKind(SchemaObject[Notebook]):
    name = "notebook"
    spec_type = Notebook
    show = "NOTEBOOKS"
    properties = (COMMENT,)
    templates = Path(__file__).parent / "sql"

    def read_row(self, row):
        return Notebook(comment=words(row.get("comment")), main_file="")

    def body(self, name, spec):
        return {"main_file": spec.main_file}
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
    (project / "objects" / "o.yaml").write_text(
        "- {kind: schema, name: S}\n- {kind: notebook, name: S.N, main_file: it's.ipynb}\n",
        encoding="utf-8",
    )
    code = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); "
        "from hushflake.cli.main import main; sys.exit(main())"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "site"), "schema", "render"]
    done = subprocess.run(
        command, cwd=project, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "CREATE NOTEBOOK DB.S.N MAIN_FILE = 'it''s.ipynb';" in done.stdout
