"""t-strings of Python 3.14: with nodes made by hand on every version, and with real ones there."""

import ast
import sys
from typing import Any

import pytest

from hushflake.codemods.prepare import rewriter
from hushflake.lint_plugin import registry
from hushflake.lint_plugin.analysis import Index, ParseFailure, Source, accesses, parse
from hushflake.lint_plugin.engine import Checker
from hushflake.lint_plugin.module import Module
from hushflake.lint_plugin.settings import Settings

SOURCE = """import os
plain = os.getenv("A")
kept = t"{os.getenv('B')} {os.environ['C']:>{os.getenv('W')}}"
deep = t"{[x for x in (lambda: os.getenv('D'))()]}"
both = f"{os.getenv('E')}" + str(t"x")
env = os.environ
last = t"{env['F']}"
"""
REASONS = {
    "A": "", "B": "t-string", "C": "t-string", "W": "t-string", "D": "t-string", "E": "",
    "F": "t-string", None: "rebound",
}  # fmt: skip


class TemplateStr(ast.expr):
    _fields = ("values",)


class Interpolation(ast.expr):
    _fields = ("value", "str", "conversion", "format_spec")


class _Templates(ast.NodeTransformer):
    """Make the f-strings that begin at the places of t-strings what 3.14 makes of those."""

    def __init__(self, source: str) -> None:
        self.lines = source.splitlines()

    def visit_JoinedStr(self, node: ast.JoinedStr) -> Any:
        self.generic_visit(node)
        if self.lines[node.lineno - 1][node.col_offset :][:1] != "t":
            return node
        values = [
            ast.copy_location(
                Interpolation(
                    value=part.value, str=ast.unparse(part.value), conversion=part.conversion,
                    format_spec=part.format_spec,
                ),
                part,
            )
            if isinstance(part, ast.FormattedValue)
            else part
            for part in node.values
        ]  # fmt: skip
        return ast.copy_location(TemplateStr(values=values), node)


def made(source: str) -> Source:
    """Return a source with t-strings, parsed on any version."""
    spelt = source.replace('t"', 'f"')
    tree = _Templates(source).visit(ast.parse(spelt))
    return Source(source.encode(), tree)


def reasons(source: Source) -> dict[str | None, str]:
    return {
        access.key: access.reason for access in accesses(Index(source)) if access.form != "import"
    }


@pytest.mark.skipif(sys.version_info < (3, 12), reason="wrong positions in f-strings")
def test_reads_in_a_template_are_left() -> None:
    assert reasons(made(SOURCE)) == REASONS


def test_a_plain_read_in_a_template_is_left() -> None:
    source = made("import os\nx = t\"{os.getenv('B')}\"\ny = os.getenv('A')\n")
    assert reasons(source) == {"B": "t-string", "A": ""}


def test_a_secret_in_a_template_leaks_and_is_found() -> None:
    text = 'import os\nprint(t"using {os.getenv(\'API_TOKEN\')}")\npassword = t"hunter2!pass"\n'
    checker = Checker(Settings(root="/project"), registry.selection(["HSF3", "HSF4"]))
    source = made(text)
    module = Module("/project/a.py", source.utf8, checker.policy, checker.names, source)
    assert [finding.code for finding in checker.check_module(module)] == ["HSF401", "HSF301"]


@pytest.mark.skipif(sys.version_info < (3, 14), reason="syntax of Python 3.14")
def test_real_templates() -> None:
    source = parse(SOURCE.encode())
    assert isinstance(source, Source)
    assert reasons(source) == REASONS
    outcome = rewriter(Settings(root="/project")).rewrite(SOURCE.encode(), "/project/a.py")
    assert outcome.new is not None
    assert b"t\"{os.getenv('B')}" in outcome.new
    assert b'plain = get_config_value("A")' in outcome.new


@pytest.mark.skipif(sys.version_info < (3, 14), reason="syntax of Python 3.14")
def test_exceptions_without_parentheses() -> None:
    text = b"import os\ntry:\n    x = os.getenv('A')\nexcept KeyError, ValueError:\n    pass\n"
    outcome = rewriter(Settings(root="/project")).rewrite(text, "/project/a.py")
    assert outcome.new is not None
    assert b"except KeyError, ValueError:" in outcome.new


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="syntax of Python 3.14")
def test_an_older_python_says_which_would_read_it() -> None:
    failure = parse(b"x = t'{a}'\n")
    assert isinstance(failure, ParseFailure)
    assert (failure.kind, failure.needs) == ("newer-python", "3.14")
