"""How far the load of a file came, kept beside the project so that the next run goes on there."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from hushflake.deploy.files import replace_file

_FORMAT = "hushflake.load-progress/1"


@dataclass
class Progress:
    """The number of records of one file that are in the table already.

    The note names the content of the file and the table: another one starts from the first row.
    """

    note: Path
    digest: str
    table: str
    done: int = 0

    @classmethod
    def of(cls, folder: Path, stack: str, entity: str, path: Path, table: str) -> "Progress":
        """Return how far an earlier run of this very content came, or a fresh beginning.

        Args:
            table: What tells the table from one of the same name that came before it.
        """
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        place = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]
        progress = cls(folder / f"{stack}-{entity.lower()}-{place}.json", digest, table)
        try:
            noted = json.loads(progress.note.read_text("utf-8"))
        except (OSError, ValueError):
            return progress
        wanted = {"format": _FORMAT, "sha256": digest, "table": table}
        if wanted.items() <= noted.items():
            progress.done = int(noted["done"])
        return progress

    def advance(self, done: int) -> None:
        """Note that the first `done` records are in."""
        self.done = done
        self.note.parent.mkdir(parents=True, exist_ok=True)
        document = {
            "format": _FORMAT, "sha256": self.digest, "table": self.table, "done": done,
        }  # fmt: skip
        replace_file(self.note, json.dumps(document).encode())

    def forget(self) -> None:
        """Drop the note: the file is in, or is to be loaded from its first row."""
        self.done = 0
        self.note.unlink(missing_ok=True)
