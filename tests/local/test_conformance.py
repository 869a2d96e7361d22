"""The conformance list, run over HTTP by the installed connector."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from local_stack import LocalStack

CASES = Path(__file__).parent / "conformance"
