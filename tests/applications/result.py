"""What became of an application."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass
class Result:
    """What became of an application: the row of the table, and what is wrong with it."""

    name: str
    problems: list[str] = field(default_factory=list)
    keys: int = 0
    secret: int = 0
    rewritten: int = 0
    files: int = 0
    python_files: int = 0
    added: int = 0
    removed: int = 0
    left: dict[str, int] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    partly: list[str] = field(default_factory=list)
    before: dict[str, int] = field(default_factory=dict)
    after: dict[str, int] = field(default_factory=dict)
    starts: int = 0
    check: dict[str, int] = field(default_factory=dict)
    lint: dict[str, int] = field(default_factory=dict)
    remains: list[str] = field(default_factory=list)

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")
