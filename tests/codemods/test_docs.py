"""docs/codemod.md tells all reasons and keys. Write it: `python tests/codemods/test_docs.py`."""

import re
from pathlib import Path

from hushflake.codemods.report import REASONS
from hushflake.codemods.transforms import all_transforms
from hushflake.lint_plugin.platform_keys import PLATFORM_KEYS

PAGE = Path(__file__).parent.parent.parent / "docs" / "codemod.md"
BLOCK = re.compile(r"(<!-- (reasons|platform) -->\n).*?(<!-- /\2 -->)", re.DOTALL)


def reasons() -> str:
    rows = [f"| `{code}` | {reason} |" for code, reason in REASONS.items()]
    return "\n".join(["| code | the access |", "|---|---|", *rows]) + "\n"


def platform() -> str:
    owners: dict[str, list[str]] = {}
    for key, owner in PLATFORM_KEYS.items():
        owners.setdefault(owner, []).append(f"`{key}`")
    rows = [f"| {owner} | {', '.join(keys)} |" for owner, keys in owners.items()]
    return "\n".join(["| whose | keys |", "|---|---|", *rows]) + "\n"


def written() -> str:
    blocks = {"reasons": reasons(), "platform": platform()}
    return BLOCK.sub(
        lambda found: found.group(1) + blocks[found.group(2)] + found.group(3), _page()
    )


def _page() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_every_reason_and_platform_key_is_told() -> None:
    assert len(BLOCK.findall(_page())) == 2
    assert _page() == written()


def test_every_transform_is_told() -> None:
    assert all(f"| `{transform.name}` |" in _page() for transform in all_transforms())


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
