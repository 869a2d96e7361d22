"""Workflow commands of GitHub."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

Check = Callable[..., Any]


def test_an_annotation_a_finding(check: Check) -> None:
    done = check("--format", "github")
    assert done.stdout == (
        "::error file=app.py,line=3,endLine=3,col=7,title=HSF101,endColumn=23::"
        "HSF101 os.getenv('URL') reads the environment directly; "
        "use get_config_value('URL') from hushflake.config\n"
    )


def test_what_ends_a_property_is_escaped(project: Path, check: Check) -> None:
    (project / "a,b%.py").write_text("import os\nos.getenv('50%')\n", encoding="utf-8")
    line = check("a,b%.py", "--format", "github").stdout
    assert line.startswith("::error file=a%2Cb%25.py,line=2,")
    assert "os.getenv('50%25')" in line
