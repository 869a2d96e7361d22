"""Blocks of Python in Markdown."""

import json
from pathlib import Path

import pytest

from hushflake.cli import check_line
from hushflake.lint_plugin import registry
from hushflake.lint_plugin.engine import Checker
from hushflake.lint_plugin.session import Request, check
from hushflake.lint_plugin.settings import Settings

READ = "os.getenv('URL')"
SECRET = "sOme-pa55!" + "word"


def places(text: str, codes: str = "HSF1") -> list[tuple[str, int, int]]:
    checker = Checker(Settings(root="/project"), registry.selection([codes]))
    result = checker.check_bytes(text.encode(), "/project/README.md")
    assert result.skipped is None
    assert not any(finding.fixable for finding in result.findings)
    return [(finding.code, finding.line, finding.column) for finding in result.findings]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (f"# Title\n\n```python\nimport os\nx = {READ}\n```\n", (5, 5)),
        (f"```py\nimport os\n{READ}\n```", (3, 1)),
        (f"~~~ python title='a'\nimport os\n{READ}\n~~~\n", (3, 1)),
        (f"```{{.python .numberLines}}\nimport os\n{READ}\n```\n", (3, 1)),
        (f"````python\nimport os\n# ```\n{READ}\n````\n", (4, 1)),
        (f"1. One\n\n   ```python\n   import os\n   é = {READ}\n   ```\n", (5, 8)),
        (f"- ```python\n  import os\n  {READ}\n  ```\n", (3, 3)),
        (f"> ```python\n> import os\n> {READ}\n> ```\n", (3, 3)),
        (f"> - ```python\n>   import os\n>   {READ}\n>   ```\n", (3, 5)),
        (f"```pycon\n>>> import os\n>>> x = {READ}\n'a'\n```\n", (3, 9)),
        (f"```python\n>>> import os\n>>> if x:\n...     {READ}\n...\nprinted (\n```\n", (4, 9)),
        (f"```python\r\nimport os\r\n{READ}\r\n```\r\n", (3, 1)),
        (f"```sh\n```\n```python\nimport os\n{READ}\n", (5, 1)),
        (f"\ufeff```python\nimport os\n{READ}\n", (3, 1)),
    ],
)
def test_places(text: str, place: tuple[int, int]) -> None:
    assert places(text) == [("HSF101", *place)]


@pytest.mark.parametrize(
    "text",
    [
        f"    import os\n    {READ}\n",
        f"```\nimport os\n{READ}\n```\n",
        f"```js\nimport os\n{READ}\n```\n",
        f"````md\n```python\nimport os\n{READ}\n```\n````\n",
        f"`python` import os {READ}\n",
        f"> ```python\nimport os\n{READ}\n",
        "```python\nos.getenv(...\n```\n```python\nprint 'a'\n```\n",
    ],
)
def test_what_is_no_block(text: str) -> None:
    assert places(text) == []


def test_a_block_need_not_import_what_it_uses() -> None:
    text = f"```python\nos = fake\n```\n```python\n{READ}\n```\n"
    assert places(text) == [("HSF101", 5, 1)]


def test_a_broken_snippet_is_searched_and_no_failure() -> None:
    token = "ghp_" + "k3Jd9fLq2M" * 3 + "a1B2c3"
    assert places(f"```python\nClient('{token}', ...\n```\n", "HSF3") == [("HSF302", 2, 9)]


def test_a_comment_silences() -> None:
    pragma = "# hushflake: ignore[HSF101] shows what not to write"
    assert places(f"```python\nimport os\n{READ}  {pragma}\n```\n") == []


def test_it_is_off_until_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "README.md"
    page.write_text(f"```python\npassword = '{SECRET}'\n```\n", encoding="utf-8")
    assert not check(Request((str(tmp_path),))).findings
    assert check(Request((str(page),))).findings
    values = check_line.parse(["--markdown", "--show-source", str(tmp_path)])
    assert values is not None
    assert check_line.run(values) == 1
    told = capsys.readouterr().out
    assert "README.md:2:12: HSF301" in told
    assert "    password = '***'" in told
    assert SECRET not in told
    (tmp_path / "pyproject.toml").write_text(
        '[tool.hushflake]\nfiles = ["default", "markdown"]\n', encoding="utf-8"
    )
    assert check(Request((str(tmp_path),))).findings
    values = check_line.parse(["--format", "sarif", str(tmp_path)])
    assert values is not None
    check_line.run(values)
    log = json.loads(capsys.readouterr().out)
    assert SECRET not in json.dumps(log)
