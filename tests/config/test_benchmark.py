"""The figures that the documentation claims, measured again."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "config.py"


@pytest.mark.slow
def test_the_claimed_figures_are_reached() -> None:
    done = subprocess.run(
        [sys.executable, BENCHMARK, "--check", "--seconds", "2"],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr + done.stdout
