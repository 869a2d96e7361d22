"""Dynamic tables, search services, semantic views and MCP servers."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from ..kinds.cortex_search_service import CortexSearchServiceKind
from ..kinds.semantic_reading import moment_text
from ..names import QualifiedName
from .head import COMMENT, Definition, Head, Reader, fields_of
from .scanner import Scanner, pieces


def _dynamic_table(head: Head) -> Iterator[Definition]:
    known = {n.upper(): n for n in ("target_lag", "warehouse", "refresh_mode", "initialize")}
    found = head.start() | head.scanner.options({**known, **COMMENT})
    head.scanner.expect("AS")
    yield {**found, "query": head.scanner.rest()}


def _search_service(head: Head) -> Iterator[Definition]:
    scanner, found = head.scanner, head.start()
    words = ("VECTOR", "PRIMARY", "ATTRIBUTES", "WAREHOUSE")
    if scanner.accept("ON"):
        found["on"] = str(scanner.name())
    if scanner.accept("TEXT", "INDEXES"):
        found["text_indexes"] = list(pieces(scanner.until(*words)))
    if scanner.accept("VECTOR", "INDEXES"):
        found["vector_indexes"] = [_vector_index(p) for p in pieces(scanner.until(*words[1:]))]
    if scanner.accept("PRIMARY", "KEY"):
        found["primary_key"] = scanner.names()
    if scanner.accept("ATTRIBUTES"):
        found["attributes"] = list(pieces(scanner.until("WAREHOUSE", "TARGET_LAG")))
    known = fields_of(*CortexSearchServiceKind.properties)
    more = {n.upper(): n for n in ("embedding_model", "refresh_mode", "initialize")}
    more["INHERIT_DATA_GOVERNANCE_POLICIES"] = "inherit_policies"
    found |= scanner.options(known | more)
    scanner.expect("AS")
    yield {**found, "query": scanner.rest()}


def _vector_index(text: str) -> Definition:
    scanner = Scanner(text)
    found: Definition = {"column": str(scanner.name())}
    if scanner.token.text == "(":
        known = {"MODEL": "model", "QUERY_MODEL": "query_model"}
        found |= Scanner(scanner.inside()).options(known)
    return found


def _semantic_view(head: Head) -> Iterator[Definition]:
    scanner, found = head.scanner, head.start()
    scanner.expect("TABLES")
    found["tables"] = [_logical_table(p, head) for p in pieces(scanner.inside())]
    if scanner.accept("RELATIONSHIPS"):
        found["relationships"] = [_relationship(p) for p in pieces(scanner.inside())]
    for clause in ("FACTS", "DIMENSIONS", "METRICS"):
        if scanner.accept(clause):
            found[clause.lower()] = [_expression(p, head) for p in pieces(scanner.inside())]
    found |= scanner.options(COMMENT)
    for clause, field in (("AI_SQL_GENERATION", "instructions"),
                          ("AI_QUESTION_CATEGORIZATION", "question_instructions")):  # fmt: skip
        if scanner.accept(clause):
            found[field] = scanner.string()
    if scanner.accept("AI_VERIFIED_QUERIES"):
        found["verified_queries"] = [_verified_query(p) for p in pieces(scanner.inside())]
    scanner.accept("COPY", "GRANTS")
    scanner.end()
    yield found


def _verified_query(text: str) -> Definition:
    scanner = Scanner(text)
    found: Definition = {"name": str(scanner.name())}
    scanner.expect("AS")
    inner = Scanner(scanner.inside())
    scanner.end()
    while inner.token.text:
        if inner.accept("QUESTION"):
            found["question"] = inner.string()
        elif inner.accept("VERIFIED_AT"):
            moment = datetime.fromtimestamp(int(inner.value()), UTC)
            found["verified_at"] = moment_text(moment)
        elif inner.accept("ONBOARDING_QUESTION"):
            found["onboarding"] = inner.word().upper() == "TRUE"
        elif inner.accept("VERIFIED_BY"):
            found["verified_by"] = inner.string().strip().strip("()").strip()
        else:
            inner.expect("SQL")
            found["sql"] = inner.string()
    return found


def _logical_table(text: str, head: Head) -> Definition:
    scanner = Scanner(text)
    table = scanner.name()
    name = table.last
    if scanner.accept("AS"):
        table = scanner.name()
    found: Definition = {"name": str(name), "on": {"table": head.where.short(table)}}
    if scanner.accept("PRIMARY", "KEY"):
        found["primary_key"] = scanner.names()
    return found | _words_about(scanner, head)


def _words_about(scanner: Scanner, head: Head) -> Definition:
    """`WITH SYNONYMS`, the search service and the comment of a part of a semantic view."""
    found: Definition = {}
    while scanner.token.text:
        if scanner.accept("WITH", "SYNONYMS"):
            scanner.accept("=")
            found["synonyms"] = [Scanner(p).string() for p in pieces(scanner.inside())]
        elif scanner.accept("WITH", "CORTEX", "SEARCH", "SERVICE"):
            found["search"] = head.where.short(scanner.name())
        elif scanner.accept("COMMENT", "="):
            found["comment"] = scanner.string()
        else:
            raise scanner.unexpected()
    return found


def _relationship(text: str) -> Definition:
    scanner = Scanner(text)
    name = scanner.name()
    scanner.expect("AS")
    found: Definition = {
        "name": str(name),
        "table": str(scanner.name()),
        "columns": scanner.names(),
    }
    scanner.expect("REFERENCES")
    found["to"] = str(scanner.name())
    if scanner.token.text == "(":
        scanner.inside()
    scanner.end()
    return found


def _expression(text: str, head: Head) -> Definition:
    scanner = Scanner(text)
    is_private = scanner.accept("PRIVATE")
    if not is_private:
        scanner.accept("PUBLIC")
    name = scanner.name()
    found: Definition = {"name": str(name.last)}
    if len(name.parts) > 1:
        found["table"] = str(name.parts[0])
    if is_private:
        found["private"] = True
    if scanner.accept("LABELS", "="):
        found["filter"] = scanner.inside().strip().upper() == "FILTER"
    scanner.expect("AS")
    return found | {"expression": scanner.until("WITH", "COMMENT")} | _words_about(scanner, head)


def _mcp_server(head: Head) -> Iterator[Definition]:
    head.scanner.expect("FROM", "SPECIFICATION")
    kinds = {"CORTEX_SEARCH_SERVICE_QUERY": "cortex_search_service",
             "CORTEX_ANALYST_MESSAGE": "semantic_view"}  # fmt: skip
    tools = []
    for tool in json.loads(head.scanner.string())["tools"]:
        target = {kinds[tool["type"]]: head.where.short(QualifiedName.parse(tool["identifier"]))}
        more = {key: tool[key] for key in ("title", "description") if tool.get(key)}
        if more.get("title") == tool["name"]:
            del more["title"]
        tools.append({"name": tool["name"], "on": target, **more})
    head.scanner.end()
    yield {**head.start(), "tools": tools}


READERS: Final[dict[str, Reader]] = {
    "dynamic_table": _dynamic_table,
    "cortex_search_service": _search_service,
    "semantic_view": _semantic_view,
    "mcp_server": _mcp_server,
}
