"""The README says what the program says. Rewrite it: `python tests/docs/test_readme.py`."""

import re
import runpy
from pathlib import Path

from hushflake.cli.table import COMMANDS

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
BLOCK = re.compile(r"(<!-- commands:.*?-->\n).*?(<!-- /commands -->)", re.DOTALL)


def table() -> str:
    lines = ["| command | what |", "|---|---|"]
    for group in COMMANDS.values():
        lines += [f"| `hushflake {name}` | {entry.help} |" for name, entry in group.items()]
    return "\n".join(lines) + "\n"


def written() -> str:
    return BLOCK.sub(
        lambda found: found.group(1) + table() + found.group(2),
        README.read_text(encoding="utf-8"),
    )


def test_the_readme_lists_every_command() -> None:
    assert BLOCK.search(README.read_text(encoding="utf-8"))
    assert README.read_text(encoding="utf-8") == written()


def test_every_page_is_in_the_menu_of_the_site() -> None:
    menu = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    named = re.findall(r"([\w/-]+\.md)$", menu, re.MULTILINE)
    docs = ROOT / "docs"
    pages = {str(page.relative_to(docs)) for page in docs.rglob("*.md")}
    assert sorted(named) == sorted(page for page in pages if not page.startswith("decisions/"))


def test_links_lead_somewhere() -> None:
    for page in [README, ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not target.startswith("mailto:"):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_picture_is_as_drawn_and_follows_the_readers_scheme() -> None:
    picture = (ROOT / "docs" / "flows.svg").read_text(encoding="utf-8")
    assert picture == runpy.run_path(str(ROOT / "scripts" / "draw_flows.py"))["draw"]()
    assert "prefers-color-scheme:dark" in picture
    assert "#ffffff" not in picture, "the ground is the page's own"
    assert "<rect width" not in picture


if __name__ == "__main__":
    README.write_text(written(), encoding="utf-8")
