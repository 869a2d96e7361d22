"""docs/codemod.md tells every reason code. Write it: `python tests/codemods/test_docs.py`."""

import re
from pathlib import Path

from hushflake.codemods.report import REASONS
from hushflake.codemods.transform import all_transforms

PAGE = Path(__file__).parent.parent.parent / "docs" / "codemod.md"
BLOCK = re.compile(r"(<!-- reasons -->\n).*?(<!-- /reasons -->)", re.DOTALL)


def written() -> str:
    rows = [f"| `{code}` | {reason} |" for code, reason in REASONS.items() if code != "import"]
    table = "\n".join(["| code | the access |", "|---|---|", *rows]) + "\n"
    return BLOCK.sub(lambda found: found.group(1) + table + found.group(2), _page())


def _page() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_every_reason_is_told() -> None:
    assert BLOCK.search(_page())
    assert _page() == written()


def test_every_transform_is_told() -> None:
    assert all(f"| `{transform.name}` |" in _page() for transform in all_transforms())


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
