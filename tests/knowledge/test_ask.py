"""Questions to Cortex Analyst: a fake that answers in the documented shapes, and a local stack.

Source of the shapes: Snowflake documentation, "Cortex Analyst REST API".
"""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from hushflake.cli.main import main
from hushflake.deploy.rest import RestError
from hushflake.knowledge.ask import ask, semantic_views
from hushflake.knowledge.base import Base
from hushflake.knowledge.errors import KnowledgeError, KnowledgeMistakeError
from hushflake.knowledge.metrics import measure
from hushflake.knowledge.verified import check_verified
from hushflake.schema.kinds.base import Key
from hushflake.schema.kinds.semantic_view import SemanticView

VIEW = "HUSHFLAKE_LOCAL.FOUNDATIONAL_KNOWLEDGE.CUSTOMERS_SEMANTIC"
TOKEN = "session-" + "t" * 20


@dataclass
class Analyst:
    """What the fake answers next (`statuses` before `status`), and what it was asked."""

    url: str = ""
    status: int = 200
    statuses: list[int] = field(default_factory=list)
    content: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[dict[str, str]] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)


@pytest.fixture
def analyst() -> Iterator[Analyst]:
    fake = Analyst()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            fake.requests.append((self.path, dict(self.headers), json.loads(self.rfile.read(size))))
            body: dict[str, Any] = {
                "request_id": "r-1",
                "message": {"role": "analyst", "content": fake.content},
                "warnings": fake.warnings,
            }
            status = fake.statuses.pop(0) if fake.statuses else fake.status
            if status >= 400:
                body = {"message": "refused by test", "code": "390400", "request_id": "r-1"}
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_arguments: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        fake.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield fake
        server.shutdown()
        thread.join()


@pytest.fixture
def cloud(base: Base, analyst: Analyst, monkeypatch: pytest.MonkeyPatch) -> Base:
    """The local stack's data behind a stack that has one semantic view and an Analyst."""
    monkeypatch.setattr(type(base.session), "rest_access", lambda _self: (analyst.url, TOKEN))
    declared = base.desired.resources.items()
    others = {key: resource for key, resource in declared if key.kind != "semantic_view"}
    resources = {**others, Key("semantic_view", VIEW): None}
    desired = replace(base.desired, resources=resources)  # type: ignore[arg-type]
    return replace(base, stack=replace(base.stack, connection="dev"), desired=desired)


def test_a_question_becomes_sql_that_is_shown_and_run(cloud: Base, analyst: Analyst) -> None:
    table = cloud.entity("CUSTOMERS").table
    analyst.content = [
        {"type": "text", "text": "Counting customers by status."},
        {
            "type": "sql",
            "statement": f"SELECT STATUS, COUNT(*) AS N FROM {table} GROUP BY 1 ORDER BY 1;",
            "confidence": {"verified_query_used": None},
        },
    ]
    analyst.warnings = [{"message": "the view is old"}]
    answer = ask(cloud, "how many customers are there by status")
    assert answer.text == "Counting customers by status."
    assert answer.columns == ("STATUS", "N")
    assert [(row[0], int(row[1])) for row in answer.rows] == [
        ("active", 18),
        ("churned", 1),
        ("prospect", 3),
    ]
    assert answer.note == "the view is old"
    assert not answer.by_search
    path, headers, body = analyst.requests[0]
    assert path == "/api/v2/cortex/analyst/message"
    assert headers["Authorization"] == f'Snowflake Token="{TOKEN}"'
    assert body == {
        "messages": [
            {
                "role": "user",
                "content": [{"type": "text", "text": "how many customers are there by status"}],
            }
        ],
        "stream": False,
        "semantic_view": VIEW,
    }


def test_several_views_are_offered_together(base: Base, cloud: Base, analyst: Analyst) -> None:
    analyst.content = [{"type": "suggestions", "suggestions": ["How many customers?"]}]
    views = semantic_views(base)[:2]
    resources = {Key("semantic_view", view): None for view in (*views, f"{VIEW}_GONE")}
    several = replace(cloud, desired=replace(cloud.desired, resources=resources))  # type: ignore[arg-type]
    answer = ask(several, "what?")
    assert answer.suggestions == ("How many customers?",)
    assert answer.sql == ""
    # A view that is not there, or not for the role, would fail the question.
    assert answer.note.startswith("CUSTOMERS_SEMANTIC_GONE was left out: not applied yet, or")
    assert analyst.requests[0][2]["semantic_models"] == [{"semantic_view": view} for view in views]
    assert "semantic_view" not in analyst.requests[0][2]

    resources = {Key("semantic_view", f"{VIEW}_GONE"): None}
    alone = replace(cloud, desired=replace(cloud.desired, resources=resources))  # type: ignore[arg-type]
    assert "this role may use no semantic view" in ask(alone, "lease pricing").note
    assert len(analyst.requests) == 1


@pytest.mark.parametrize(
    "statement", ["DELETE FROM X", "SELECT 1; DROP TABLE X", "", "CALL P()", "-- x\nDROP TABLE X"]
)
def test_only_a_single_query_is_run(cloud: Base, analyst: Analyst, statement: str) -> None:
    analyst.content = [{"type": "sql", "statement": statement}]
    if statement:
        with pytest.raises(KnowledgeError, match="more than read"):
            ask(cloud, "x")
    else:
        assert ask(cloud, "x").rows == ()


def test_a_refusal_is_told_without_the_token(cloud: Base, analyst: Analyst) -> None:
    analyst.status = 400
    with pytest.raises(RestError, match="HTTP 400: refused by test") as error:
        ask(cloud, "x")
    assert (error.value.status, error.value.code, error.value.request_id) == (400, "390400", "r-1")
    assert TOKEN not in str(error.value)


def test_an_answer_without_content_is_told(cloud: Base, analyst: Analyst) -> None:
    analyst.content = None  # type: ignore[assignment]
    with pytest.raises(KnowledgeError, match="no message content"):
        ask(cloud, "x")


def test_an_account_without_analyst_gets_the_answer_of_the_search(
    cloud: Base, analyst: Analyst
) -> None:
    for status, note in ((404, "no Cortex Analyst"), (403, "may not use Cortex Analyst")):
        analyst.status = status
        answer = ask(cloud, "who knows about lease pricing")
        assert answer.by_search
        assert answer.hits[0].key in ("EMP-003", "EMP-006")
        assert note in answer.note


@pytest.mark.parametrize("status", [401, 429, 503])
def test_what_passes_is_waited_for(
    cloud: Base, analyst: Analyst, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr("hushflake.knowledge.ask._PAUSES", (0.01, 0.01))
    analyst.content = [{"type": "text", "text": "ready"}]
    analyst.statuses = [status, status]
    assert ask(cloud, "x").text == "ready"
    assert len(analyst.requests) == 3
    analyst.statuses = [status] * 3
    with pytest.raises(RestError, match=f"HTTP {status}"):
        ask(cloud, "x")


@pytest.mark.parametrize("status", [400, 405, 500])
def test_what_does_not_pass_is_told_at_once(cloud: Base, analyst: Analyst, status: int) -> None:
    analyst.statuses = [status]
    with pytest.raises(RestError, match=f"HTTP {status}: refused by test"):
        ask(cloud, "x")
    assert len(analyst.requests) == 1


def test_a_silent_server_is_told(cloud: Base, analyst: Analyst, monkeypatch: Any) -> None:
    monkeypatch.setattr(
        type(cloud.session), "rest_access", lambda _self: ("http://127.0.0.1:9", TOKEN)
    )
    with pytest.raises(RestError, match="no answer") as error:
        ask(cloud, "x")
    assert error.value.status == 0


def test_the_command_on_a_local_stack(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "who", "knows", "about", "lease", "pricing"]) == 0
    out, err = capsys.readouterr()
    assert "Priya Raman" in out
    assert "a local stack has no Cortex Analyst" in err
    assert main(["ask", "who sets the rent", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["format"] == "hushflake.ask/1"
    assert document["by"] == "search"


@pytest.mark.parametrize(
    ("question", "name"),
    [
        (
            "the total annual recurring revenue",
            "WHAT_IS_OUR_TOTAL_ANNUAL_RECURRING_REVENUE",
        ),
        ("number of employees per department", "HOW_MANY_PEOPLE_WORK_IN_EACH_DEPARTMENT"),
    ],
)
def test_a_verified_query_answers_a_question_of_its_sort(
    base: Base, question: str, name: str
) -> None:
    answer = ask(base, question)
    assert answer.by == "verified"
    assert f"the verified query {name} of HUSHFLAKE_LOCAL.FOUNDATIONAL_KNOWLEDGE." in answer.note
    assert "SEMANTIC_VIEW(HUSHFLAKE_LOCAL.FOUNDATIONAL_KNOWLEDGE." in answer.sql
    assert answer.rows


@pytest.mark.parametrize("question", ["who may approve a discount", "who works in sales"])
def test_a_question_beside_every_verified_query_goes_to_the_search(
    base: Base, question: str
) -> None:
    assert ask(base, question).by == "search"


def test_a_verified_query_that_fails_is_told_and_the_search_answers(base: Base) -> None:
    key = Key("semantic_view", VIEW)
    resource = base.desired.resources[key]
    assert isinstance(resource.spec, SemanticView)
    broken = tuple(replace(q, sql="SELECT * FROM NOWHERE") for q in resource.spec.verified_queries)
    spec = replace(resource.spec, verified_queries=broken)
    resources = {**base.desired.resources, key: replace(resource, spec=spec)}
    other = replace(base, desired=replace(base.desired, resources=resources))
    answer = ask(other, "What is our total annual recurring revenue?")
    assert answer.by == "search"
    assert "the verified query WHAT_IS_OUR_TOTAL_ANNUAL_RECURRING_REVENUE failed" in answer.note
    failed = [item for item in check_verified(other) if item.failure]
    assert [item.verified.view for item in failed] == [VIEW] * 3
    assert all(not item.failure for item in check_verified(base))


def test_metrics_are_computed_by_name(base: Base) -> None:
    found = measure(base, "pricing_models_semantic", ["largest_discount_percent"], limit=5)
    assert found.sql == (
        "SELECT * FROM SEMANTIC_VIEW(\n"
        "  HUSHFLAKE_LOCAL.FOUNDATIONAL_KNOWLEDGE.PRICING_MODELS_SEMANTIC\n"
        "  METRICS PRICING_MODELS.LARGEST_DISCOUNT_PERCENT\n) LIMIT 5"
    )
    assert len(found.rows) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere", ["x"]), "no such semantic view"),
        (("customers_semantic", []), "name a metric or a dimension"),
        (("customers_semantic", ["total_arr"]), "no such metric"),
        (("customers_semantic", ["1) FROM X --"]), "no such metric"),
        (("customers_semantic", ["total_arr_usd"], ["arr_usd"]), "no such dimension"),
        (("customers_semantic", ["total_arr_usd"], [], {"1=1 OR name": "x"}), "no such dimension"),
    ],
)
def test_only_names_of_the_view_come_into_the_sql(
    base: Base, arguments: tuple[Any, ...], message: str
) -> None:
    with pytest.raises(KnowledgeMistakeError, match=message):
        measure(base, *arguments)


def test_a_value_is_a_value(base: Base) -> None:
    found = measure(
        base, "customers_semantic", ["customers_count"], [], {"name": "' OR 1 = 1 OR '' = '"}
    )
    assert found.rows == ((0,),)
