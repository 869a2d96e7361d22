"""Reads the definition of a semantic view, as CREATE SEMANTIC VIEW has it."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from ...engine.catalogue import Object
from ...language.parser import Parser
from .model import Expression, LogicalTable, Model, Relationship, Sort

CLAUSES: tuple[tuple[str, Sort], ...] = (
    ("FACTS", "FACT"), ("DIMENSIONS", "DIMENSION"), ("METRICS", "METRIC"),
)  # fmt: skip
INSTRUCTIONS = ("AI_SQL_GENERATION", "AI_QUESTION_CATEGORIZATION")
_ENDS = ("WITH SYNONYMS", "WITH TAG", "WITH CORTEX", "TAG (", "COMMENT =", ",", ")")


def model_of(view: Object) -> Model:
    """Return what a semantic view of the catalogue defines."""
    return _model(str(view.body["definition"]), tuple(view.body["tables"]))


@lru_cache(maxsize=4096)
def _model(definition: str, items: tuple[int, ...]) -> Model:
    parser = Parser(definition)
    left = list(items)
    return read_model(parser, lambda _: left.pop(0))[0]


def read_model(parser: Parser, find: Callable[[Any], int]) -> tuple[Model, str | None]:
    """Consume a definition up to its comment, instructions and verified queries.

    Args:
        parser: At TABLES.
        find: Returns the id of a table by its name.

    Returns:
        The model, and the comment of the view.
    """
    parser.expect("TABLES")
    tables = {item.name: item for item in parser.listed(lambda: _table(parser, find))}
    links: list[Relationship] = []
    if parser.accept("RELATIONSHIPS"):
        links = parser.listed(lambda: _relationship(parser, tables))
    expressions: list[Expression] = []
    for clause, sort in CLAUSES:
        if parser.accept(clause):
            expressions += parser.listed(partial(_expression, parser, sort))
    comment = None
    if parser.accept("COMMENT"):
        parser.expect("=")
        comment = parser.string()
    if parser.accept("MAX_STALENESS"):
        parser.expect("=")
        parser.number()
    instructions = {name: parser.string() for name in INSTRUCTIONS if parser.accept(name)}
    queries = {}
    if parser.accept("AI_VERIFIED_QUERIES"):
        queries = dict(parser.listed(lambda: _query(parser)))
    found = {item.key: item for item in expressions}
    return Model(tables, tuple(links), found, instructions, queries), comment


def _table(parser: Parser, find: Callable[[Any], int]) -> LogicalTable:
    name = parser.name()
    alias = name.last
    if parser.accept("AS"):
        name = parser.name()
    item = find(name)
    key: tuple[str, ...] = ()
    if parser.accept("PRIMARY", "KEY"):
        key = tuple(parser.names())
    while parser.accept("UNIQUE"):
        parser.names()
    if parser.accept("CONSTRAINT"):
        parser.text_until("WITH SYNONYMS", "COMMENT =", "WITH TAG", "TAG (", ",", ")")
    return LogicalTable(alias, item, key, *_words(parser)[:2])


def _words(parser: Parser) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    """Consume synonyms, tags, comment and search service; return all but the tags."""
    synonyms: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    comment = ""
    while True:
        if parser.accept("WITH", "SYNONYMS"):
            parser.accept("=")
            synonyms = tuple(parser.listed(parser.string))
        elif parser.accept("WITH", "CORTEX", "SEARCH", "SERVICE"):
            name = parser.name()
            search = tuple(part for part in (name.database, name.schema, name.last) if part)
            if parser.accept("USING"):
                parser.identifier()
        elif parser.accept("COMMENT"):
            parser.expect("=")
            comment = parser.string()
        elif parser.accept("WITH", "TAG") or parser.accept("TAG"):
            parser.bracketed_text()
        else:
            return synonyms, comment, search


def _relationship(parser: Parser, tables: dict[str, LogicalTable]) -> Relationship:
    name = parser.identifier()
    table = parser.identifier() if parser.accept("AS") else name
    columns = tuple(parser.names())
    parser.expect("REFERENCES")
    to = parser.identifier()
    for wanted in (table, to):
        if wanted not in tables:
            raise parser.unexpected()
    target, special = tables[to].key, False
    if parser.looking_at("("):
        if parser.ahead().upper in {"ASOF", "BETWEEN"}:
            parser.bracketed_text()
            special = True
        else:
            target = tuple(parser.names())
    named = name if name != table else f"{table}_TO_{to}"
    return Relationship(named, table, columns, to, target, special or len(target) != len(columns))


def _expression(parser: Parser, sort: Sort) -> Expression:
    private = parser.accept("PRIVATE")
    if not private:
        parser.accept("PUBLIC")
    name = parser.name()
    is_filter, unsupported = False, ""
    if parser.accept("LABELS"):
        parser.expect("=")
        is_filter = "FILTER" in parser.names()
    if parser.accept("USING"):
        parser.bracketed_text()
        unsupported = "USING of a metric"
    if parser.accept("NON", "ADDITIVE", "BY"):
        parser.bracketed_text()
        unsupported = "NON ADDITIVE BY"
    parser.expect("AS")
    text = parser.text_until(*_ENDS)
    if sort == "METRIC" and any(token.upper == "OVER" for token in Parser(text).tokens):
        unsupported = "window function metrics"
    synonyms, comment, search = _words(parser)
    return Expression(
        sort,
        name.schema,
        name.last,
        text,
        synonyms,
        comment,
        is_filter,
        private,
        search,
        unsupported,
    )


def _query(parser: Parser) -> tuple[str, dict[str, str]]:
    name = parser.identifier()
    parser.expect("AS", "(")
    found: dict[str, str] = {}
    while not parser.accept(")"):
        key = parser.take().upper
        if key == "VERIFIED_AT":
            found[key] = str(parser.number())
        elif key == "ONBOARDING_QUESTION":
            found[key] = str(parser.boolean()).upper()
        elif key in {"QUESTION", "VERIFIED_BY", "SQL"}:
            found[key] = parser.string()
        else:
            raise parser.unexpected(parser.tokens[parser.index - 1])
    return name, found
