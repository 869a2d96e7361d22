"""The files that this project gives to CI services, and their published schemas."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")


def validate(schema: str, path: Path) -> None:
    """Validate a file by a schema that check-jsonschema ships; nothing is fetched."""
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
