"""The shipped project, from its seed rows to Notion and back into the search."""

from pathlib import Path

import pytest
import yaml
from fake_notion import FakeNotion, Workspace
from fake_notion.server import TOKEN

from hushflake.cli.main import main
from hushflake.deploy.session import connect
from hushflake.local.server.process.lifecycle import stop
from hushflake.schema.project import find_project


@pytest.mark.slow
def test_documents_are_written_in_notion_and_found_in_the_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "knowledge"
    assert main(["schema", "init", str(folder)]) == 0
    monkeypatch.chdir(folder)
    workspace = Workspace()
    source = workspace.add_source(Title="title")
    stack = folder / "stacks" / "local.yaml"
    settings = yaml.safe_load(stack.read_text("utf-8"))
    settings["settings"] = {"notion": {"COMPANY_DOCUMENTS": source.replace("-", "")}}
    stack.write_text(yaml.safe_dump(settings), encoding="utf-8")
    try:
        with FakeNotion(workspace) as notion:
            monkeypatch.setenv("NOTION_API_KEY", TOKEN)
            monkeypatch.setenv("NOTION_BASE_URL", notion.url)
            assert main(["apply", "--yes"]) == 0
            assert main(["load", "data/company_documents.yaml"]) == 0
            assert main(["sync", "notion", "--init"]) == 0
            assert main(["sync", "notion", "--rate", "100"]) == 0
            pages = workspace.live(source)
            seeds = yaml.safe_load((folder / "data/company_documents.yaml").read_text("utf-8"))
            assert len(pages) == len(seeds)
            assert all(page.markdown for page in pages)
            workspace.advance(600)
            workspace.write(pages[0].id, "The zeppelin fleet is inspected in Friedrichshafen.")
            workspace.add_page(source, "Ducks may use the pond.", Title="Pond rules")
            assert main(["sync", "notion", "--rate", "100"]) == 0
            assert main(["embed"]) == 0
            capsys.readouterr()
            assert main(["search", "who inspects the zeppelin fleet", "--format", "json"]) == 0
            assert workspace.values(pages[0].id)["Title"] in capsys.readouterr().out
            # The embeddings were written into the rows: that wakes one cycle, and changes nothing.
            notion.log.clear()
            assert main(["sync", "notion", "--rate", "100"]) == 0
            assert main(["sync", "notion", "--rate", "100"]) == 0
            assert not notion.writes()
            assert main(["status", "--no-drift"]) in (0, 1)
            assert "last in sync" in capsys.readouterr().out
            with connect(find_project(folder, None), "local") as session:
                rows = session.query(
                    "SELECT COUNT(*) AS N FROM HUSHFLAKE_LOCAL.FOUNDATIONAL_KNOWLEDGE."
                    "COMPANY_DOCUMENTS WHERE NOTION_PAGE_ID IS NOT NULL"
                )
            assert rows[0]["N"] == len(seeds) + 1
        assert not notion.complaints
    finally:
        stop(folder / ".hushflake")
