"""The script that reports how much of real scripts is read."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "import_rates.py"


def test_rates_of_folders_and_none_without_scripts(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "a.sql").write_text(
        "CREATE TABLE T (A INT); GRANT SELECT ON T TO ROLE R;\n"
        "CREATE TEMPORARY TABLE X (A INT); SELECT 1; CREATE STAGE S URL = 's3://b/';"
    )
    words = [sys.executable, str(SCRIPT)]
    found = subprocess.run(
        [*words, str(tmp_path)], capture_output=True, text=True, timeout=60, check=True
    )
    assert "| demo | 4 | 3 | 2 | 75.0 % | 1 of 1 |" in found.stdout
    none = subprocess.run(
        [*words, str(tmp_path / "none")], capture_output=True, text=True, timeout=60, check=True
    )
    assert none.stdout.startswith("skipped: ")
