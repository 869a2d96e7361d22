"""The lines with which README installs hushflake, from a clone, from a commit and from a wheel."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REPOSITORY = "https://github.com/hushflake/hushflake"
SECTION = re.compile(r"^## Install\n(.*?)^## ", re.MULTILINE | re.DOTALL)


def lines() -> list[str]:
    """The commands of the section, in order."""
    found = SECTION.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert found is not None
    return re.findall(r"^```sh\n(pip install .*)\n```$", found[1], re.MULTILINE)


def test_the_section_has_the_three_ways() -> None:
    assert len(lines()) == 3


def test_the_first_page_says_the_same() -> None:
    page = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert re.findall(r"^```sh\n(pip install .*)\n```$", page, re.MULTILINE) == lines()[:2]


@pytest.mark.slow
@pytest.mark.git
@pytest.mark.parametrize("line", lines())
def test_a_line_installs_every_extra(line: str, tmp_path: Path) -> None:
    def run(command: str, folder: Path) -> str:
        done = subprocess.run(
            ["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False
        )
        assert not done.returncode, done.stdout + done.stderr
        return done.stdout

    # A clone, as a reader has one: nothing that is only on this disk.
    run(f"git clone --quiet '{ROOT}' clone", tmp_path)
    clone = tmp_path / "clone"
    head = run("git rev-parse HEAD", clone).strip()
    run(f"'{sys.executable}' -m venv venv", tmp_path)
    path = f"PATH='{tmp_path}/venv/bin':$PATH"
    if "dist/" in line:
        run(f"{path} pip wheel --quiet --no-deps --wheel-dir dist .", clone)
    # Each extra is installed by the walks through the pages; here the address is what is tried.
    line = line.replace(REPOSITORY, str(clone)).replace("git+/", "git+file://localhost/")
    line = line.replace("COMMIT", head).replace("[all]", "[lint]")
    run(f"{path} {line}", clone)
    printed = run(f"{path} hushflake --version; {path} flake8 --version", tmp_path)
    assert "hushflake 0.1.0" in printed
    assert "(hushflake: 0.1.0, " in printed
