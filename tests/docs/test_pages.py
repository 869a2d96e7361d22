"""What README and the tutorials say works when it is typed, in a fresh folder, from a wheel."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from walk import Shell, steps, walk

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "tutorials").glob("*.md"))]
REPOSITORY = "https://github.com/hushflake/hushflake"


@pytest.mark.slow
@pytest.mark.git
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page(page: Path, newcomer: Callable[[dict[str, str]], Shell]) -> None:
    assert list(steps(page.read_text(encoding="utf-8")))
    # pre-commit installs the hooks from this checkout, as it is committed.
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    walk(page, newcomer({}), {REPOSITORY: str(ROOT), "COMMIT": head.stdout.strip()})
