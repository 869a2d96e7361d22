"""Whatever a declaration says, its documents hold it, and nothing of it becomes code or markup."""

import ast
import io
import json
from datetime import date
from typing import TYPE_CHECKING, Any

import dotenv
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from hushflake.config.declared.key import Alias, DeclaredKey
from hushflake.remediation.keys.documents import all_documents
from hushflake.remediation.keys.documents.base import Style, is_edited, marked
from hushflake.remediation.keys.table import Table

if TYPE_CHECKING:
    from hushflake.config import ConfigKeys

fixed = settings(derandomize=True, max_examples=60, deadline=None, database=None)
texts = st.text(st.characters(codec="utf-8"), max_size=120) | st.sampled_from(
    ['"""\nimport os\n"""', "a | b `c` <b>", "${HOME} #x", "-->", "x" * 300, "'\"\\", "\r\n\x00"]
)
names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.:/-]{0,30}", fullmatch=True)
defaults = st.one_of(
    st.tuples(st.just("str"), texts),
    st.tuples(st.just("int"), st.integers(-(10**9), 10**9)),
    st.tuples(st.just("float"), st.floats(allow_nan=False, allow_infinity=False)),
    st.tuples(st.just("bool"), st.booleans()),
    st.tuples(st.just("list"), st.lists(texts, max_size=3).map(tuple)),
    st.tuples(st.just("url"), st.none()),
)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    keys = []
    taken: set[str] = set()
    for name in draw(st.lists(names, min_size=1, max_size=5, unique=True)):
        kind, default = draw(defaults)
        alias = draw(names)
        if {name, alias} & taken or alias == name:
            continue
        taken |= {name, alias}
        keys.append(DeclaredKey(
            name, kind, secret=default is None, default=default,
            required=None if default is None else False, owner=draw(texts),
            description=draw(texts), group="Any", deprecated=draw(st.just("") | texts),
            deprecated_aliases=(Alias(alias, draw(st.none() | st.dates(date(2000, 1, 1)))),),
        ))  # fmt: skip
    return Table(tuple(keys or [DeclaredKey("PORT", "int", secret=False, required=True)]))


def written(name: str, table: Table, width: int = 88) -> str:
    document = all_documents()[name]
    text = marked(document, document.render(table, Style(width)))
    assert not is_edited(document, text)
    text.encode("utf-8")
    return text


@fixed
@given(tables(), st.integers(79, 140))
def test_the_module_says_what_is_declared(table: Table, width: int) -> None:
    text = written("module", table, width)
    # Statements of ours alone: imports, the class, its instance.
    assert {type(node) for node in ast.parse(text).body} <= {
        ast.Expr, ast.ImportFrom, ast.If, ast.Assign, ast.ClassDef,
    }  # fmt: skip
    space: dict[str, Any] = {"__name__": "generated"}
    exec(compile(text, "keys.py", "exec"), space)
    keys: type[ConfigKeys] = space["Keys"]
    # `required` is written out, and a group stays behind.
    assert keys.declared_keys() == tuple(
        key._replace(
            group="",
            required=None if key.default is not None else key.is_required,
        )
        for key in table.keys
    )


@fixed
@given(tables())
def test_the_other_documents_name_every_key(table: Table) -> None:
    schema = json.loads(written("json-schema", table))
    Draft202012Validator.check_schema(schema)
    assert set(schema["properties"]) >= {key.name for key in table.keys}
    rows = [line for line in written("markdown", table).splitlines() if line.startswith("|")]
    assert len(rows) == 2 + len(table.keys)
    for row in rows:
        assert row.replace("\\\\", "").replace("\\|", "").count("|") == 7
    found = dotenv.dotenv_values(stream=io.StringIO(written("env-example", table)))
    plain = {key.name for key in table.keys if key.name.replace("_", "a").isalnum()}
    asked = {key.name for key in table.keys if key.is_required and key.default is None}
    assert set(found) & plain == asked & plain
    assert set(found) <= {key.name for key in table.keys}
