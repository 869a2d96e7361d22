"""`hushflake schema`: what a user types and reads."""

import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from hushflake.cli.main import main

ARTIFACTS = Path(__file__).parents[2] / "build" / "artifacts"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert main(["schema", "init", "kb"]) == 0
    monkeypatch.chdir(tmp_path / "kb")
    return tmp_path / "kb"


def test_init_copies_the_shipped_project(project: Path) -> None:
    assert (project / "hushflake.yaml").read_text(encoding="utf-8").startswith("project: kb\n")
    assert len(list((project / "entities").glob("*.yaml"))) == 8


def test_init_overwrites_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "init", str(project)]) == 2
    assert "is not empty" in capsys.readouterr().err


def test_validate_counts_objects_of_every_stack(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["schema", "validate"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line.split(":")[0] for line in lines if ":" in line} >= {"dev", "local", "prod"}
    assert "14 streams" in lines[-2]
    assert re.fullmatch(
        r"8 entities, \d+ objects, stacks: dev, local, prod\. No mistakes\.", lines[-1]
    )
    assert main(["schema", "validate", "--quiet"]) == 0
    assert capsys.readouterr().out == ""


def test_validate_reports_every_mistake_of_every_file(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, old, new in (
        ("customers", "string(256)", "strin(256)"),
        ("products", "key:", "kee:"),
    ):
        path = project / "entities" / f"{name}.yaml"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    (project / "stacks" / "dev.yaml").write_text("databse: X\n", encoding="utf-8")
    assert main(["schema", "validate"]) == 2
    err = capsys.readouterr().err
    assert "entities/customers.yaml:8:16:" in err
    assert "did you mean string?" in err
    assert "entities/products.yaml:5:1: unknown key 'kee'; did you mean key?" in err
    assert "stacks/dev.yaml:1:1: unknown key 'databse'; did you mean database?" in err
    assert "Traceback" not in err


def test_an_unknown_stack_or_project(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "render", "--stack", "prd"]) == 2
    assert "did you mean prod?" in capsys.readouterr().err
    assert main(["schema", "render", "--project", "nowhere"]) == 2
    assert "is not a schema project" in capsys.readouterr().err


def test_render_is_stable_and_the_same_in_files(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["schema", "render"]) == 0
    first = capsys.readouterr().out
    assert main(["schema", "render"]) == 0
    assert capsys.readouterr().out == first
    assert main(["schema", "render", "--out-dir", "out"]) == 0
    assert main(["schema", "render", "--out", "all.sql"]) == 0
    assert Path("all.sql").read_text(encoding="utf-8") == first
    files = sorted(Path("out").rglob("*.sql"))
    assert Path("out/table/HUSHFLAKE_LOCAL.FOUNDATIONAL_KNOWLEDGE.CUSTOMERS.sql") in files
    blocks = sorted(block for block in re.split(r"\n(?=-- )", first)[1:])
    in_files = [
        block.rstrip("\n")
        for path in files
        for block in re.split(r"\n(?=-- )", path.read_text(encoding="utf-8"))
        if block.strip()
    ]
    assert sorted(in_files) == [block.rstrip("\n") for block in blocks]


def test_a_project_overrides_a_template(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = project / "templates" / "sql" / "role"
    folder.mkdir(parents=True)
    (folder / "create.sql.j2").write_text("CREATE ROLE {{ name }} /* ours */", encoding="utf-8")
    assert main(["schema", "render"]) == 0
    assert "CREATE ROLE KNOWLEDGE_ADMIN /* ours */;" in capsys.readouterr().out


def test_python_of_a_project_is_never_imported(project: Path) -> None:
    for folder in ("", "entities", "objects", "templates"):
        (project / folder).mkdir(exist_ok=True)
        (project / folder / "evil.py").write_text("raise SystemExit(99)", encoding="utf-8")
    assert main(["schema", "validate"]) == 0


@pytest.mark.parametrize("form", ["mermaid", "dot", "svg"])
def test_graph(form: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "graph", "--format", form]) == 0
    folded = capsys.readouterr().out
    assert "CUSTOMER_360" in folded
    if form != "svg":  # where it is named by what shows on pointing at a box
        assert "CUSTOMERS_EMBED_TASK" not in folded
    assert main(["schema", "graph", "--format", form, "--full"]) == 0
    text = capsys.readouterr().out
    assert "CUSTOMERS_EMBED_TASK" in text
    assert "GRANT" not in text
    if form == "svg":
        root = ET.fromstring(text)
        assert len(root.findall(".//{http://www.w3.org/2000/svg}rect")) > 30
    assert main(["schema", "graph", "--format", form, "--kind", "role", "--kind", "warehouse"]) == 0
    assert "CUSTOMERS_EMBED_TASK" not in capsys.readouterr().out
    assert main(["schema", "graph", "--kind", "rol"]) == 2


def test_docs_is_one_page_that_loads_nothing(project: Path) -> None:
    assert main(["schema", "docs", "--out", "page.html"]) == 0
    page = Path("page.html").read_text(encoding="utf-8")
    assert not re.search(r"(src|href)=\"(?!#)", page)
    for word in (
        "CUSTOMERS",
        "renewal_date",
        "Legal name",
        "CUSTOMERS_EMBED_STREAM",
        "CUSTOMER_360",
    ):
        assert word in page


def test_docs_escape_what_they_show(project: Path) -> None:
    path = project / "entities" / "customers.yaml"
    text = path.read_text(encoding="utf-8")
    text = re.sub("description: .*", "description: '<script>alert(1)</script>'", text, count=1)
    path.write_text(text, encoding="utf-8")
    assert main(["schema", "docs", "--out", "page.html"]) == 0
    page = Path("page.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert") >= 2


def test_docs_of_many_entities(project: Path) -> None:
    """No picture has boxes beyond an eye's measure, and a style that counts for the whole page is
    there once: each costs a browser its matching against every element."""
    for number in range(251):
        entity = f"entity: MANY_{number}\nschema: GONG\nkey: [id]\nfields: {{id: string(64)}}\n"
        (project / "entities" / f"many_{number}.yaml").write_text(entity, encoding="utf-8")
    assert main(["schema", "docs", "--out", "page.html"]) == 0
    page = Path("page.html").read_text(encoding="utf-8")
    assert page.count("<style>") == 1
    assert page.count("Too many boxes for one picture") == 3
    assert page.count("<svg") == page.count("<summary>Lineage of") == 8 + 251


@pytest.mark.browser
def test_docs_in_a_browser(project: Path) -> None:
    """The search works, folded parts appear when they open, and the diagrams have a size."""
    assert main(["schema", "docs", "--out", "page.html"]) == 0
    page = project / "page.html"
    probe = """<script>{
const shown = () => document.querySelectorAll("#table tbody tr").length;
const all = shown(), folded = document.querySelectorAll("#entities .fields").length;
const input = document.getElementById("search");
input.value = "embed_task"; input.dispatchEvent(new Event("input"));
const entities = [...document.querySelectorAll("#entities > details")];
const found = entities.filter((entity) => !entity.hidden).length;
fill(document.getElementById("entity-CUSTOMERS"));
const pictures = document.querySelectorAll("section > .picture svg");
const boxes = [...pictures].map((svg) => svg.getBoundingClientRect());
document.body.insertAdjacentHTML("beforeend", "<pre id=probe>" + JSON.stringify({
  visible: shown(), all, found, folded,
  unfolded: document.querySelectorAll("#entities .fields").length,
  diagrams: boxes.map((box) => box.width > 400 && box.height > 200),
  entities: document.querySelectorAll("#entities > details").length,
}) + "</pre>");
}</script></body>"""
    probed = project / "probed.html"
    text = page.read_text(encoding="utf-8").replace("</body>", probe)
    probed.write_text(text, encoding="utf-8")
    dom = chromium(probed, "--dump-dom")
    found = re.search(r'<pre id="probe">(.*?)</pre>', dom)
    assert found is not None, dom[-1500:]
    seen = json.loads(found[1])
    assert seen["visible"] == 10  # eight entities, two of them with chunks
    assert seen["all"] > 30
    assert seen["found"] == 8  # each has such a task
    assert (seen["folded"], seen["unfolded"]) == (1, 2)
    assert seen["diagrams"] == [True, True]
    assert seen["entities"] == 8
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    picture = ARTIFACTS / "schema-docs.png"
    picture.unlink(missing_ok=True)
    chromium(page, f"--screenshot={picture}", "--window-size=1280,2600")
    assert picture.stat().st_size > 50_000


def chromium(page: Path, *flags: str) -> str:
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next(name for name in names if shutil.which(name))
    command = [
        *(program, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
        # Whatever it would ask for is not found.
        "--host-resolver-rules=MAP * ~NOTFOUND",
        f"--user-data-dir={page.parent / 'profile'}",
        *flags,
        page.as_uri(),
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=90, check=True).stdout


def test_import_writes_definitions_and_lists_the_rest(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("in.sql").write_text(
        "CREATE TABLE DB.S.T (ID INT);\nCREATE PIPE OF NOTHING;\n", encoding="utf-8"
    )
    assert main(["schema", "import", "in.sql", "--database", "DB"]) == 0
    printed = capsys.readouterr()
    assert "name: S.T" in printed.out
    assert "in.sql:2:1: not read: OF is a reserved word" in printed.err
