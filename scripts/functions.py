"""Writes docs/functions.md and local/sql/function_names.py from tests/local/functions.

python scripts/functions.py
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "fakes"))

from documented_functions import names_module, page  # noqa: E402 - found beside the tests

if __name__ == "__main__":
    (ROOT / "docs" / "functions.md").write_text(page(), "utf-8")
    (ROOT / "local" / "sql" / "function_names.py").write_text(names_module(), "utf-8")
