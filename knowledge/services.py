"""A question put to Cortex Search services: no warehouse works, and no vector is made here.

A service answers for its owner, whatever the asking role may read. Entities with a row access or
masking policy are therefore asked for by SQL, under the role of the caller; but for those with an
`acl:` the one role that may use their service asks it, with the filter of `caller.py`.

Sources: Snowflake documentation, "Query a Cortex Search Service" (REST, filters, owner's rights).
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from hushflake.deploy.errors import DeployError, StatementError
from hushflake.deploy.rest import Rest, RestError
from hushflake.schema.chunks import CHUNK_FIELD, CHUNK_HEADING, CHUNK_NUMBER, chunks_of
from hushflake.schema.kinds.base import Key
from hushflake.schema.model import Entity
from hushflake.schema.names import Identifier, QualifiedName
from hushflake.schema.search_service import (
    SEARCH_TEXT,
    SEARCH_UPDATED_MS,
    ranking_profile,
    search_attributes,
)

from .base import Base
from .boosts import identifiers_of
from .caller import conditions_of, is_served
from .passage_sql import Passage, passage_of
from .search_sql import Filter

# A service gives at most so many results (Snowflake documentation, as above).
MOST_RESULTS: Final = 1000
_THREADS: Final = 16
# The session's token is over, or no longer known: the connector gets a new one.
_EXPIRED: Final = 401

Answerer = Callable[[QualifiedName, dict[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True)
class Request:
    """One request to one service.

    Attributes:
        named: It looks for rows whose key, title or id was named.
    """

    entity: Entity
    service: QualifiedName
    body: dict[str, Any]
    named: bool


class Services:
    """The search services of an open base."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._rest: Rest | None = None

    def takes(self, entity: Entity, filters: Sequence[Filter], held: Collection[str] = ()) -> bool:
        """Tell whether an entity's service may and can answer with these filters.

        Args:
            entity: Whose rows are searched.
            filters: What a row must have.
            held: Roles of the session, as `roles_held` gives them.
        """
        if entity.search is None or entity.search_service is None:
            return False
        key = Key("cortex_search_service", entity.search_service.sql)
        if key not in self._base.desired.resources or not is_served(entity, held):
            return False
        return all(_condition(entity, item) is not None for item in filters)

    def rows(
        self,
        entities: Iterable[Entity],
        question: str,
        spellings: Sequence[str],
        filters: Sequence[Filter],
        count: int,
        held: Collection[str] = (),
    ) -> tuple[list[dict[str, Any]], dict[str, str]]:
        """Return what the services find, best first an entity, and which of them did not answer.

        Args:
            entities: Those that `takes` took.
            question: In plain words.
            spellings: What in it may be a key, a title or an id of another system.
            filters: What a row must have.
            count: Rows an entity, at most.
            held: Roles of the session.

        Returns:
            Rows with ENTITY, ENTITY_KEY, TITLE, CONTENT, SOURCE_IDS (name -> id), UPDATED_AT,
            MEANING (cosine; None when the service does not tell), EXACT (0 or 1); and entity ->
            why its service did not answer.
        """
        requests = [
            request
            for entity in entities
            for request in requests_of(entity, question, spellings, filters, count, held)
        ]
        found: dict[tuple[str, str], dict[str, Any]] = {}
        failed: dict[str, str] = {}
        for request, answer in self._answers(requests):
            if isinstance(answer, DeployError):
                failed[request.entity.name] = str(answer).splitlines()[0]
                continue
            for result in answer.get("results") or ():
                row = row_of(request, result)
                known = found.setdefault((row["ENTITY"], row["ENTITY_KEY"]), row)
                known["EXACT"] |= row["EXACT"]
                known["PASSAGE"] = known["PASSAGE"] or row["PASSAGE"]
        return [row for row in found.values() if row["ENTITY"] not in failed], failed

    def _answers(
        self, requests: Sequence[Request]
    ) -> list[tuple[Request, Mapping[str, Any] | DeployError]]:
        if self._base.stack.is_local:
            return [(request, _caught(self._preview, request)) for request in requests]
        rest = self._rest = self._rest or Rest(self._base.session)
        answers = _over_rest(rest, requests)
        if any(isinstance(a, RestError) and a.status == _EXPIRED for _, a in answers):
            self._base.session.query("SELECT 1")
            rest.renew()
            answers = _over_rest(rest, requests)
        return answers

    def _preview(self, service: QualifiedName, body: dict[str, Any]) -> Mapping[str, Any]:
        """The local stack has no REST API; SEARCH_PREVIEW takes and gives the same documents."""
        sql = "SELECT SNOWFLAKE.CORTEX.SEARCH_PREVIEW(?, ?) AS ANSWER"
        rows = self._base.session.query(sql, (service.sql, json.dumps(body)))
        return dict(json.loads(rows[0]["ANSWER"]))


def _over_rest(
    rest: Rest, requests: Sequence[Request]
) -> list[tuple[Request, Mapping[str, Any] | DeployError]]:
    def query(service: QualifiedName, body: dict[str, Any]) -> Mapping[str, Any]:
        return rest.post(path_of(service), body)

    with ThreadPoolExecutor(min(_THREADS, len(requests)) or 1) as pool:
        answers = pool.map(lambda request: _caught(query, request), requests)
        return list(zip(requests, answers, strict=True))


def _caught(ask: Answerer, request: Request) -> Mapping[str, Any] | DeployError:
    try:
        return ask(request.service, request.body)
    except (RestError, StatementError) as error:
        return error


def path_of(service: QualifiedName) -> str:
    """Return the path of a service's method `query`; parts are spelled as in SQL."""
    database, schema, name = (quote(part.sql, safe="") for part in service.parts)
    return f"/api/v2/databases/{database}/schemas/{schema}/cortex-search-services/{name}:query"


def requests_of(
    entity: Entity,
    question: str,
    spellings: Sequence[str],
    filters: Sequence[Filter],
    count: int,
    held: Collection[str] = (),
) -> Iterator[Request]:
    """Yield what is asked of an entity's service: the question; and the rows that it names."""
    service = entity.search_service
    seen = conditions_of(entity, held)
    if service is None or seen is None:
        return
    conditions = seen + [c for c in (_condition(entity, item) for item in filters) if c is not None]
    body: dict[str, Any] = {
        "query": question,
        "columns": [column.text for column in columns_of(entity)],
        "limit": min(count, MOST_RESULTS),
    }
    profile = ranking_profile(entity)
    if profile is not None:
        body["scoring_profile"] = profile.name.text
    yield Request(entity, service, body | _filter(conditions), named=False)
    named = [{"@eq": {name.text: text}} for name in _naming(entity) for text in _cases(spellings)]
    if named:
        yield Request(entity, service, body | _filter([*conditions, {"@or": named}]), named=True)


def columns_of(entity: Entity) -> tuple[Identifier, ...]:
    """Return the columns of a hit that are asked for."""
    title = [entity.title] if entity.title is not None else []
    is_cut = chunks_of(entity) is not None
    chunk = (CHUNK_NUMBER, CHUNK_FIELD, CHUNK_HEADING) if is_cut else ()
    wanted = (*entity.key, *title, *entity.source_ids, SEARCH_TEXT, SEARCH_UPDATED_MS, *chunk)
    return tuple(dict.fromkeys(wanted))


def _naming(entity: Entity) -> list[Identifier]:
    """Text columns that a question may name a row by."""
    texts = {item.name for item in entity.fields if item.is_text}
    key = entity.key if len(entity.key) == 1 else ()
    title = [entity.title] if entity.title is not None else []
    known = set(search_attributes(entity)) if entity.search else set()
    more = [name for name in identifiers_of(entity) if name in known]
    return [
        *(name for name in dict.fromkeys((*key, *title, *more)) if name in texts),
        *entity.source_ids,
    ]


def _cases(spellings: Sequence[str]) -> tuple[str, ...]:
    """Equality in a filter is exact: as written, and in the cases that ids are written in."""
    return tuple(dict.fromkeys(t for s in spellings for t in (s, s.upper(), s.lower(), s.title())))


def _filter(conditions: list[dict[str, Any]]) -> dict[str, Any]:
    if not conditions:
        return {}
    return {"filter": conditions[0] if len(conditions) == 1 else {"@and": conditions}}


def _condition(entity: Entity, item: Filter) -> dict[str, Any] | None:
    """Return a filter of the service; None when only SQL can tell."""
    attributes = {name.text for name in search_attributes(entity)} if entity.search else set()
    name = item.field.upper()
    if name not in attributes:
        return None
    types = {column.name.text: column for column in entity.fields}
    column = types.get(name)
    if column is None or column.is_text:
        spelled = [{"@eq": {name: text}} for text in _cases((item.value.strip(),))]
        return spelled[0] if len(spelled) == 1 else {"@or": spelled}
    if column.type.startswith("NUMBER(") and column.type.endswith(" 0)"):
        # More digits than 19 do not work in filters (Snowflake documentation, as above).
        plain = item.value.strip().removeprefix("-")
        if plain.isascii() and plain.isdigit() and len(plain) < 20 and str(int(plain)) == plain:
            return {"@eq": {name: int(item.value)}}
    return None


def row_of(request: Request, result: Mapping[str, Any]) -> dict[str, Any]:
    """Return one result as a row of the search."""
    entity = request.entity
    key = "|".join(str(result.get(name.text, "")) for name in entity.key)
    title = result.get(entity.title.text) if entity.title is not None else None
    changed = result.get(SEARCH_UPDATED_MS.text)
    scores = result.get("@scores") or {}
    cosine = scores.get("cosine_similarity") if isinstance(scores, Mapping) else None
    ids = {name.text.lower(): result.get(name.text) for name in entity.source_ids}
    return {
        "ENTITY": entity.name,
        "ENTITY_KEY": key,
        "TITLE": str(title) if title is not None else key,
        "CONTENT": str(result.get(SEARCH_TEXT.text) or ""),
        "SOURCE_IDS": {name: str(value) for name, value in ids.items() if value},
        "UPDATED_AT": datetime.fromtimestamp(float(changed) / 1000, UTC) if changed else None,
        "MEANING": float(cosine) if cosine is not None else None,
        "EXACT": int(request.named),
        "PASSAGE": _passage(result),
    }


def _passage(result: Mapping[str, Any]) -> Passage | None:
    """Return the chunk that a result is; its text stands behind its headings."""
    passage = passage_of(result)
    if passage is None:
        return None
    text = str(result.get(SEARCH_TEXT.text) or "").removeprefix(f"{passage.heading}: ")
    return replace(passage, text=text)
