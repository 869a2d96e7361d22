"""Text from YAML stays text: no comment, name or value can end its literal or its identifier.

sqlglot's tokenizer, which is not ours, is the judge.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from projects import compile_text
from sqlglot import TokenType
from sqlglot.dialects import Snowflake
from sqlglot.tokens import Token

from hushflake.deploy.render import render
from hushflake.schema.errors import DefinitionError, SchemaError
from hushflake.schema.names import Identifier, QualifiedName, Sql, literal
from hushflake.schema.planner import make_plan
from hushflake.schema.state import State
from hushflake.templates import TemplateError, Templates
from hushflake.terminal.escape import visible

NASTY = [
    *("'", "''", "\\", "\\'", "'; DROP TABLE X; --", '"', '"; DROP', "\n", "--", "/*", "*/", "$$"),
    *("%", "{{ 1 }}", "{% raw %}", ";"),
]
# YAML holds no other characters; a control character is an error of its own.
PRINTABLE = st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t")
TEXT = st.lists(st.one_of(st.sampled_from(NASTY), st.text(PRINTABLE, max_size=5)), max_size=6).map(
    "".join
)


def tokens(sql: str) -> list[Token]:
    return Snowflake().tokenize(sql)


@given(TEXT)
def test_a_literal_is_one_token_with_the_same_text(text: str) -> None:
    (token,) = tokens(literal(text))
    assert token.token_type is TokenType.STRING
    assert token.text == text


@given(TEXT.filter(bool))
def test_an_identifier_is_one_token_with_the_same_text(text: str) -> None:
    identifier = Identifier(text)
    (token,) = tokens(f"{identifier}")
    assert token.text == text
    assert Identifier.parse(identifier.sql) == identifier


@given(st.lists(TEXT.filter(bool), min_size=1, max_size=3))
def test_names_are_read_back(parts: list[str]) -> None:
    name = QualifiedName.of(*parts)
    assert QualifiedName.parse(name.sql) == name


def definitions(comment: str, name: str) -> list[dict[str, Any]]:
    quoted = '"' + name.replace('"', '""') + '"'
    return [
        {"kind": "schema", "name": "S", "comment": comment},
        {"kind": "warehouse", "name": quoted, "comment": comment},
        {"kind": "role", "name": quoted, "comment": comment},
        {"kind": "tag", "name": "S.TAG", "allowed_values": [comment[:250]]},
        {"kind": "file_format", "name": "S.F", "settings": {"field_delimiter": comment}},
        {
            "kind": "task",
            "name": "S.K",
            "warehouse": quoted,
            "schedule": "1 MINUTE",
            "config": comment,
            "definition": "SELECT 1",
        },
        {
            "kind": "table",
            "name": f"S.{quoted}",
            "comment": comment,
            "columns": [{"name": quoted, "type": "text", "comment": comment}],
            "primary_key": [quoted],
        },
        {"kind": "stream", "name": "S.ST", "on": {"table": f"S.{quoted}"}, "comment": comment},
        {
            "kind": "view",
            "name": "S.V",
            "columns": [{"name": quoted, "comment": comment}],
            "query": "SELECT 1",
        },
        {"kind": "foreign_key", "table": f"S.{quoted}", "columns": quoted, "to": f"S.{quoted}"},
        {
            "kind": "cortex_search_service",
            "name": "S.CSS",
            "text_indexes": [quoted],
            "vector_indexes": [{"column": quoted, "model": comment}],
            "warehouse": quoted,
            "query": "SELECT 1",
            "comment": comment,
        },
        {
            "kind": "function",
            "name": f"S.{quoted}",
            "language": "python",
            "runtime": comment,
            "handler": comment,
            "packages": [comment],
            "external_access_integrations": [quoted],
            "secrets": {comment: f"S.{quoted}"},
            "arguments": [{"name": quoted, "type": "text"}],
            "returns": "text",
            "body": "def main(): pass",
            "comment": comment,
        },
        {
            "kind": "semantic_view",
            "name": "S.SV",
            "comment": comment,
            "tables": [
                {"name": quoted, "on": {"table": f"S.{quoted}"}, "primary_key": quoted,
                 "synonyms": [comment], "comment": comment}
            ],
            "dimensions": [
                {"name": quoted, "table": quoted, "expression": "1", "synonyms": [comment]}
            ],
            "instructions": comment,
        },
        {"kind": "mcp_server", "name": "S.M", "tools": [
            {"name": comment, "on": {"semantic_view": "S.SV"}, "description": comment}
        ]},
        {"kind": "grant", "to": quoted, "privileges": ["SELECT"], "on": {"table": f"S.{quoted}"}},
        {
            "entity": "E",
            "schema": "S",
            "key": quoted,
            "fields": {quoted: {"type": "text", "description": comment}},
            "embedding": {
                "text": "{" + name + "}" + comment.replace("{", "{{").replace("}", "}}"),
                "prefix": comment,
            },
        },
    ]  # fmt: skip


def shapes(comment: str, name: str) -> list[list[TokenType]]:
    text = yaml.safe_dump(definitions(comment.replace("${", "$${"), name), allow_unicode=True)
    with TemporaryDirectory() as folder:
        desired = compile_text(Path(folder), text)
    return [
        [token.token_type for token in tokens(sql)]
        for operation in sorted(
            make_plan(desired, State()).operations, key=lambda op: (op.kind, op.action)
        )
        for sql in render(operation)
    ]


# Quoted names are needed here, for a plain one is not quoted and another kind of token.
BENIGN = shapes("a comment", "a name")


@settings(max_examples=60, deadline=None)
@given(
    comment=TEXT.filter(str.strip),
    name=TEXT.map(lambda t: "".join(c for c in t if visible(c) == c)).filter(
        lambda t: t.strip(" {}") and "{" not in t and "}" not in t and "$" not in t
    ),
)
def test_statements_keep_their_shape(comment: str, name: str) -> None:
    if Identifier(name).sql == name or name.strip() != name:
        name = f"a {name} b"
    assert sorted(map(str, shapes(comment, name))) == sorted(map(str, BENIGN))


@pytest.mark.parametrize(
    "name",
    [
        "x; DROP TABLE y",
        "a'b",
        'a"b',
        "a b",
        "a--b",
        "a/*b",
        "",
        ".",
        "a..b",
        '"',
        '""',
        "a\x00b",
        '"a\x00b"',
    ],
)
def test_unquoted_names_hold_no_sql(name: str) -> None:
    with pytest.raises(SchemaError):
        QualifiedName.parse(name)


def read(path: Path, _limit: int) -> str:
    return path.read_text(encoding="utf-8")


def test_a_template_cannot_forget_to_quote(tmp_path: Path) -> None:
    folder = tmp_path / "sql" / "role"
    folder.mkdir(parents=True)
    (folder / "create.sql.j2").write_text("CREATE ROLE {{ name }} {{ comment }}", encoding="utf-8")
    templates = Templates(tmp_path, {"literal": literal}, (Sql,), read=read)
    with pytest.raises(TemplateError, match="filter"):
        templates.statements("role", "create", {"name": Sql("R"), "comment": "x"})
    assert templates.statements("role", "drop", {"name": Sql("R")}) == ("DROP ROLE IF EXISTS R",)


@pytest.mark.parametrize(
    "text",
    [
        "{{ name.__class__.__mro__ }}",
        "{{ ''.__class__ }}",
        "{{ missing }}",
        "{% for x in range(10000000) %}{% endfor %}{{ missing }}",
        "{{ name | unknown }}",
        "{% include '/etc/passwd' %}",
        "{% include '../../secrets.txt' %}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ options.append(1) }}",
        "{{ 1 // 0 }}",
        "{{ name + 1 }}",
    ],
)
def test_a_template_of_a_project_is_sandboxed(text: str, tmp_path: Path) -> None:
    folder = tmp_path / "sql" / "role"
    folder.mkdir(parents=True)
    (folder / "create.sql.j2").write_text(text, encoding="utf-8")
    templates = Templates(tmp_path, {"literal": literal}, (Sql,), read=read)
    with pytest.raises(TemplateError):
        templates.statements("role", "create", {"name": Sql("R"), "options": []})


STEERING = ["\x1b", "\x07", "\x9b", "\x7f", "\u202e", "\u2066"]


@pytest.mark.parametrize("character", STEERING)
def test_a_comment_steers_nothing_and_keeps_its_value(character: str) -> None:
    spelled = literal(f"a{character}b")
    assert visible(spelled) == spelled
    (token,) = tokens(spelled)
    assert token.text == f"a{character}b"


@pytest.mark.parametrize("character", [*STEERING, "\n", "\t"])
def test_a_name_that_steers_is_refused(character: str, tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="holds a character that does not show") as caught:
        compile_text(tmp_path, yaml.safe_dump([{"kind": "role", "name": f'"A{character}B"'}]))
    assert visible(str(caught.value), keep="\n") == str(caught.value)


@pytest.mark.parametrize("character", STEERING)
def test_sql_that_steers_is_refused(character: str, tmp_path: Path) -> None:
    view = {"kind": "view", "name": "S.V", "query": f"SELECT '{character}' AS A"}
    with pytest.raises(SchemaError, match="SQL cannot hold the character") as caught:
        compile_text(tmp_path, yaml.safe_dump([{"kind": "schema", "name": "S"}, view]))
    assert visible(str(caught.value), keep="\n") == str(caught.value)


def test_brackets_in_a_text_are_no_nesting(tmp_path: Path) -> None:
    deep = "[" * 200
    text = yaml.safe_dump([{"kind": "schema", "name": "S", "comment": f"{deep}'{{"}])
    assert compile_text(tmp_path, text)
    with pytest.raises(DefinitionError, match="nested too deeply"):
        compile_text(tmp_path, f"- kind: table\n  comment: {deep}\n")
    with pytest.raises(DefinitionError, match=r"case\.yaml:2:1"):
        compile_text(tmp_path, f"- kind: table\n  comment: @{deep}\n")
