"""Cortex Search: SEARCH_PREVIEW on a local stack, REST against a fake held to documented shapes."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_search_api import SearchApi, serving

from hushflake.cli.main import main
from hushflake.knowledge.base import Base, open_base
from hushflake.knowledge.errors import KnowledgeError
from hushflake.knowledge.scoring import score_served
from hushflake.knowledge.search import Search
from hushflake.knowledge.search_sql import Filter
from hushflake.knowledge.services import Services, requests_of
from hushflake.schema.kinds.table import RowAccess
from hushflake.schema.names import Identifier, QualifiedName

# Both know about lease pricing.
EXPERTS = ("EMP-003", "EMP-006")
DEMO = "who knows about lease pricing"
TOKEN = "session-" + "t" * 20
# Vectors of what a service indexes are made at its first question: few entities keep tests short.
FEW = ["EMPLOYEES", "CUSTOMERS"]


@pytest.fixture
def api(base: Base) -> Iterator[SearchApi]:
    with open_base(base.project, "local") as other, serving(other.session, TOKEN) as fake:
        yield fake
        assert fake.faults == []


@pytest.fixture
def cloud(base: Base, api: SearchApi, monkeypatch: pytest.MonkeyPatch) -> Base:
    """The local stack's data behind a stack that is an account."""
    monkeypatch.setattr(type(base.session), "rest_access", lambda _self: (api.url, TOKEN))
    return replace(base, stack=replace(base.stack, connection="dev"))


def keys(found: Any) -> list[str]:
    return [hit.key for hit in found.hits]


def test_a_local_stack_asks_its_services_only_when_told(base: Base) -> None:
    search = Search(base)
    assert search.ask(DEMO, entities=FEW).by == "sql"
    found = search.ask(DEMO, entities=FEW, by="services", limit=3)
    assert found.by == "services"
    assert found.embedding_seconds < 0.05
    hit = found.hits[0]
    assert (hit.entity, hit.key) in [("EMPLOYEES", key) for key in EXPERTS]
    assert hit.title in ("Priya Raman", "Mateo Alvarez")
    assert "**lease** **pricing**" in hit.snippet
    assert hit.source_ids["hubspot_id"] == f"owner-701{hit.key[-2:]}"
    row = search.ask("EMP-003", by="sql", limit=1).hits[0]
    assert row.updated_at is not None
    assert hit.updated_at is not None
    assert abs((hit.updated_at - row.updated_at).total_seconds()) < 0.002


@pytest.mark.parametrize(
    ("question", "key"),
    [
        *(("EMP-010", "EMP-010"), ("emp-010", "EMP-010"), ("owner-70106", "EMP-006")),
        *(("who is behind gong-account-5427?", "CUS-009"), ("priya raman", "EMP-003")),
    ],
)
def test_an_exact_key_id_or_title_is_first(base: Base, question: str, key: str) -> None:
    found = Search(base).ask(question, entities=FEW, by="services", limit=2)
    assert found.hits[0].key == key
    assert found.hits[0].reasons["exact"] == 1
    assert found.hits[1].reasons["exact"] == 0


def test_pages_of_services_follow_each_other(base: Base) -> None:
    search = Search(base)
    whole = keys(search.ask(DEMO, entities=FEW, by="services", limit=40))
    pages, cursor = [], None
    for _ in range(4):
        found = search.ask(DEMO, entities=FEW, by="services", limit=10, cursor=cursor)
        pages += keys(found)
        cursor = found.cursor
    assert pages == whole
    assert len(set(pages)) == 40


def test_an_account_is_asked_over_rest(cloud: Base, api: SearchApi) -> None:
    sent: list[str] = []
    cloud.session.trace = sent.append
    found = Search(cloud).ask(DEMO, entities=FEW, limit=3)
    assert found.by == "services"
    assert found.hits[0].key in EXPERTS
    assert found.notes == ()
    assert sent == []  # no statement: no warehouse wakes
    service, body = next(r for r in api.requests if r[0].endswith(".EMPLOYEES_SEARCH"))
    assert service == "HUSHFLAKE_LOCAL.FOUNDATIONAL_KNOWLEDGE.EMPLOYEES_SEARCH"
    assert body["query"] == DEMO
    assert set(body["columns"]) >= {"EMPLOYEE_ID", "FULL_NAME", "SEARCH_TEXT", "HUBSPOT_ID"}
    assert body["limit"] == 50


def test_connections_are_kept_and_a_closed_one_is_opened_again(cloud: Base, api: SearchApi) -> None:
    search = Search(cloud)
    for _ in range(3):
        search.ask(DEMO, entities=FEW)
    assert api.connections <= 4  # two services, each asked twice, at once
    api.drop_idle = True
    assert search.ask(DEMO, entities=FEW, limit=1).notes == ()
    assert search.ask(DEMO, entities=FEW, limit=1).notes == ()


def test_answers_of_services_are_not_kept(cloud: Base, api: SearchApi) -> None:
    search = Search(cloud)
    search.ask(DEMO, entities=["EMPLOYEES"])
    before = len(api.requests)
    assert not search.ask(DEMO, entities=["EMPLOYEES"]).cached
    assert len(api.requests) == 2 * before


def test_a_service_that_does_not_answer_is_told_and_sql_does(cloud: Base, api: SearchApi) -> None:
    api.refuse = {"EMPLOYEES_SEARCH": (404, {"code": "390404", "message": "no such service"})}
    found = Search(cloud).ask(DEMO, entities=FEW, limit=3)
    assert found.by == "both"
    assert found.hits[0].key in EXPERTS
    assert len(found.notes) == 1
    assert found.notes[0].startswith("EMPLOYEES was searched by SQL")
    assert "HTTP 404: no such service" in found.notes[0]
    assert TOKEN not in found.notes[0]
    with pytest.raises(KnowledgeError, match="HTTP 404"):
        Search(cloud).ask(DEMO, entities=FEW, by="services")


def test_a_session_that_is_over_is_renewed_once(cloud: Base, api: SearchApi) -> None:
    api.expired = 1
    assert Search(cloud).ask(DEMO, entities=FEW, limit=1).by == "services"
    api.expired = 1000
    found = Search(cloud).ask(DEMO, entities=FEW, limit=1)
    assert found.by == "sql"
    assert "HTTP 401" in found.notes[0]


def test_a_service_that_tells_no_scores_is_taken_by_its_order(cloud: Base, api: SearchApi) -> None:
    api.scores = False
    found = Search(cloud).ask(DEMO, entities=["EMPLOYEES"], limit=5)
    assert found.by == "services"
    assert found.hits[0].key in EXPERTS


def test_filters_become_filters_of_the_service(cloud: Base, api: SearchApi) -> None:
    found = Search(cloud).ask("at risk", filters={"status": "churned", "name": "x"})
    assert found.hits == ()
    found = Search(cloud).ask(
        "at risk of leaving us", entities=["customers"], filters={"status": "churned"}
    )
    assert keys(found) == ["CUS-011"]
    assert found.by == "services"
    # Two requests at once, in any order: the question, and the rows that it may name.
    # Equality in a filter is exact: a text is asked for in the cases that it may be stored in.
    status = {"@or": [{"@eq": {"STATUS": text}} for text in ("churned", "CHURNED", "Churned")]}
    filters = [body["filter"] for _, body in api.requests[-2:]]
    assert status in filters
    assert [f["@and"][0] for f in filters if "@and" in f] == [status]
    # A field that is no attribute of the service is filtered by SQL.
    found = Search(cloud).ask("x", entities=["customers"], filters={"city": "Denver"})
    assert (found.by, keys(found)) == ("sql", ["CUS-001"])
    quoted = Search(cloud).ask("x", entities=["customers"], filters={"status": "' OR 1=1 --"})
    assert (quoted.by, keys(quoted)) == ("services", [])


def test_numbers_are_filtered_as_numbers(base: Base) -> None:
    entity = base.entity("CUSTOMERS")
    assert entity.search is not None
    attributes = (*entity.search.attributes, Identifier("HEALTH_SCORE"), Identifier("ARR_USD"))
    entity = replace(entity, search=replace(entity.search, attributes=attributes))
    services = Services(base)
    (request,) = requests_of(entity, "x", (), [Filter("health_score", "7")], 10)
    assert request.body["filter"] == {"@eq": {"HEALTH_SCORE": 7}}
    assert services.takes(entity, [Filter("health_score", "-7")])
    for field, value in (("health_score", "07"), ("health_score", "many"), ("arr_usd", "7")):
        assert not services.takes(entity, [Filter(field, value)])


def test_what_a_policy_protects_is_never_asked_for_through_a_service(base: Base) -> None:
    services = Services(base)
    entity = base.entity("CUSTOMERS")
    assert services.takes(entity, [])
    policy = QualifiedName.of("DB", "S", "POLICY")
    masked = replace(entity.fields[0], masking_policy=policy)
    assert not services.takes(replace(entity, fields=(masked, *entity.fields[1:])), [])
    assert not services.takes(replace(entity, masked_by_tags=(Identifier("STATUS"),)), [])
    access = RowAccess(policy=policy, on=(Identifier("STATUS"),))
    assert not services.takes(replace(entity, row_access=access), [])
    assert not services.takes(replace(entity, search=None), [])


def row(entity: str, rank: int, meaning: float, exact: int = 0) -> dict[str, Any]:
    return {
        "ENTITY": entity,
        "ENTITY_KEY": str(rank),
        "TITLE": "title",
        "CONTENT": "text",
        "MEANING": meaning,
        "EXACT": exact,
    }


def test_the_order_of_a_service_stands_and_more_rows_change_no_score() -> None:
    meanings = [0.1, 0.5, 0.3, 0.2, 0.9, 0.4]
    short = [row("A", n, m) for n, m in enumerate(meanings[:4])]
    long = [row("A", n, m) for n, m in enumerate(meanings)] + [row("B", 0, 0.6)]
    score_served(short, [], 2)
    score_served(long, [], 2)
    scores = [item["SCORE"] for item in long[:6]]
    assert scores == [0.5, 0.1, 0.1, 0.1, 0.1, 0.1]
    assert [item["SCORE"] for item in short] == scores[:4]
    assert long[6]["SCORE"] == 0.6
    named = [row("A", 0, 0.2), row("A", 1, 0.1, exact=1)]
    score_served(named, [], 2)
    assert [item["SCORE"] for item in named] == [0.2, 2.1]


def test_the_command(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--by", "services", "--entity", "EMPLOYEES", "--format", "json", "--limit", "1"]
    assert main(["search", DEMO, *options]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["by"] == "services"
    assert document["notes"] == []
    assert document["hits"][0]["key"] in EXPERTS
    assert main(["search", DEMO, "--warehouse", "ANALYTICS_WH", "--limit", "1"]) == 0
    out = capsys.readouterr().out
    assert any(key in out for key in EXPERTS)
    assert main(["search", DEMO, "--warehouse", "NO_SUCH_WH", "--limit", "1"]) == 2
    assert "NO_SUCH_WH" in capsys.readouterr().err
