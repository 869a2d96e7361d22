"""No row and no masked value reaches a role that may not see it, whatever way it asks.

Roles times entities times ways, on one local stack over the connector: `guarded_stack.py` says what
each role may see.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fake_search_api import serving
from guarded_stack import PROJECT, SEES, UNMASKED, WORDS, hidden_words, rows, seen_words

from hushflake.cli.main import main
from hushflake.deploy.errors import StatementError
from hushflake.knowledge.ask import ask
from hushflake.knowledge.base import Base, open_base
from hushflake.knowledge.embed import embed_pending
from hushflake.knowledge.errors import KnowledgeError, UnreadableError
from hushflake.knowledge.evaluation.questions import Question
from hushflake.knowledge.evaluation.run import evaluate
from hushflake.knowledge.evaluation.suggest import suggested
from hushflake.knowledge.passages import passages_around
from hushflake.knowledge.reading import changes_since, get_row
from hushflake.knowledge.related import related
from hushflake.knowledge.search import Search
from hushflake.local.server.process import lifecycle
from hushflake.schema.project import find_project
from hushflake.serve.callers import Caller
from hushflake.serve.desk import Desk

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
ENTITY_OF = {"N": "NOTES", "D": "DEALS", "P": "PEOPLE", "M": "MEMOS"}
IDS = [(ENTITY_OF[key[0]], key) for key in WORDS]
# So many words of a question are searched for.
MOST_WORDS = 12
ROLES = sorted(SEES)
# Ways that take their time are asked by some roles; the others have theirs with the slow tests.
EVERYDAY = {"SALES", "JUNIOR", "SERVER"}
SLOW_WAYS = {"search", "services", "ask", "evaluation", "MCP"}


@dataclass
class Place:
    """The stack, and a base for each role."""

    folder: Path
    bases: dict[str, Base]
    admin: Base
    moment: datetime


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("guarded")
    for name, text in PROJECT.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    where = ["--stack", "local", "--project", str(folder)]
    assert main(["apply", *where]) == 0
    # Once applied, nothing is left to do.
    assert main(["plan", "--exit-code", *where]) == 0
    with open_base(find_project(folder), "local") as base:
        for sql in rows():
            base.session.execute(sql)
        moment = base.session.query("SELECT CURRENT_TIMESTAMP() AS T")[0]["T"]
        base.session.execute("DELETE FROM DB.KB.NOTES WHERE NOTE_ID = 'N-GONE'")
        embed_pending(base, base.chosen())
        bases = {role: base.fork() for role in ROLES}
        for role, fork in bases.items():
            fork.use_role(role)
        yield Place(folder, bases, base, moment)
        for fork in bases.values():
            fork.session.close()
    # What an acl makes is captured, and taken away, like everything else.
    assert main(["capture", str(folder / "account.json"), *where]) == 0
    captured = (folder / "account.json").read_text()
    assert "DB.KB.NOTES_ACL_READERS" in captured
    assert "IS_ROLE_IN_SESSION('KEEPER')" in captured
    assert main(["destroy", "--yes", *where]) == 0
    lifecycle.stop(folder / ".hushflake")


def plain(value: Any) -> str:
    return json.dumps(value, default=str).lower()


def tried(work: Callable[[], Any]) -> str:
    """What came of it; a refusal is an answer too, and tells no row."""
    try:
        return plain(work())
    except (KnowledgeError, StatementError) as error:
        return plain(str(error))


def by_sql(base: Base) -> str:
    tables = [f"DB.KB.{name}" for name in ENTITY_OF.values()]
    tables += ["DB.KB.NOTES_CHUNKS", "DB.KB.MEMOS_CHUNKS"]
    return "".join(
        tried(lambda t=table: base.session.query(f"SELECT * FROM {t}")) for table in tables
    )


def by_search(base: Base, by: str = "sql", entities: Sequence[str] = ()) -> str:
    """Ask for what is hidden; what was asked for is not what came."""
    search, hidden = Search(base), sorted(hidden_words(role_of(base)))
    found = []
    for question in grouped(hidden or ["anything"]):
        hits = search.ask(question, by=by, limit=50, entities=entities).hits
        # No row that is seen has these words: whatever tells them apart would tell the words.
        assert {hit.reasons["words"] for hit in hits} <= {0}
        assert not any(hit.reasons["exact"] for hit in hits)
        found.append([hit.to_plain() for hit in hits])
    return plain(found)


def by_service(base: Base) -> str:
    if role_of(base) == "JUNIOR":
        return ""  # it may not read NOTES, the only entity that has a service
    return by_search(base, "services", ["NOTES"])


def grouped(words: Sequence[str]) -> list[str]:
    return [" ".join(words[n : n + MOST_WORDS]) for n in range(0, len(words), MOST_WORDS)]


def by_ask(base: Base) -> str:
    return plain([hit.to_plain() for hit in ask(base, "harvest notes of the valley").hits])


def by_related(base: Base) -> str:
    def one(entity: str, key: str) -> Any:
        found = related(base, entity, key, 3)
        return [list(found.titles.items()), found.links]

    seen = [(e, k) for e, k in IDS if k.lower() not in hidden_words(role_of(base))]
    return "".join(tried(lambda e=e, k=k: one(e, k)) for e, k in seen)


def by_changes(base: Base) -> str:
    found = changes_since(base, LONG_AGO, limit=1000)
    return plain([[asdict(item) for item in found.rows], [asdict(item) for item in found.deleted]])


def by_reading(base: Base) -> str:
    found = []
    for entity, key in IDS:
        found.append(tried(lambda e=entity, k=key: asdict(get_row(base, e, k)).values()))
        if entity in ("NOTES", "MEMOS"):
            around = lambda e=entity, k=key: passages_around(base, e, k, 2, 5).passages  # noqa: E731
            found.append(tried(lambda a=around: [item.to_plain() for item in a()]))
    return "".join(found)


def by_evaluation(base: Base) -> str:
    questions = [Question("quokka narwhal zebrafish", "words", dict.fromkeys(WORDS, 1))]
    outcomes, _ = evaluate(base, questions)
    hits = [[hit.to_plain() for hit in item.hits] for item in outcomes]
    return plain(hits) + suggested(base, base.chosen()).lower()


def by_mcp(base: Base) -> str:
    role = role_of(base)
    desk = Desk(base.fork(), Caller(role, "", role))
    try:
        found = [
            desk.run(lambda d: d.search("harvest notes of the valley", [], {}, 50, None)),
            desk.run(lambda d: d.changes(LONG_AGO, [], 200)),
            desk.run(lambda d: d.sync_status()),
        ]
        texts = [item.model_dump_json().lower() for item in found]
        for entity, key in IDS:
            if key in SEES[role]:
                passage = 1 if entity in ("NOTES", "MEMOS") else None
                texts += desk.run(
                    lambda d, i=f"{entity}/{key}", n=passage: [
                        d.entity(i, 1, n).model_dump_json(),
                        d.related(i, 3).model_dump_json(),
                    ]
                )
            else:
                with pytest.raises(KnowledgeError):
                    desk.run(lambda d, e=entity, k=key: d.entity(f"{e}/{k}"))
        return "".join(texts).lower()
    finally:
        desk.close()


def role_of(base: Base) -> str:
    return str(base.session.query("SELECT CURRENT_ROLE() AS R")[0]["R"])


WAYS: dict[str, Callable[[Base], str]] = {
    "SQL": by_sql,
    "search": by_search,
    "services": by_service,
    "ask": by_ask,
    "related": by_related,
    "changes": by_changes,
    "reading": by_reading,
    "evaluation": by_evaluation,
    "MCP": by_mcp,
}
# Ways that show everything that there is to see.
WHOLE = {"SQL", "reading"}


@pytest.mark.parametrize(
    ("way", "role"),
    [
        pytest.param(way, role, marks=[pytest.mark.slow] if is_slow else [])
        for way in WAYS
        for role in ROLES
        for is_slow in [way in SLOW_WAYS and role not in EVERYDAY]
    ],
)
def test_nothing_hidden_comes_out(place: Place, role: str, way: str) -> None:
    text = WAYS[way](place.bases[role])
    assert {word for word in hidden_words(role) if word in text} == set()
    if way in WHOLE:
        assert {word for word in seen_words(role) if word not in text} == set()


@pytest.mark.parametrize(
    "role",
    [
        pytest.param(role, marks=[] if role in ("SALES", "LEGAL") else [pytest.mark.slow])
        for role in ROLES
    ],
)
def test_each_row_that_is_seen_is_found_by_its_words(place: Place, role: str) -> None:
    """Where masked fields are part of a text, others than those who see them find it by its key."""
    search, found = Search(place.bases[role]), set()
    for question in grouped(sorted(seen_words(role))):
        hits = search.ask(question, by="sql", limit=50).hits
        found |= {hit.key for hit in hits if hit.reasons["words"] or hit.reasons["exact"]}
    assert found == SEES[role]


@pytest.mark.parametrize("role", ROLES)
def test_a_filter_tells_nothing_that_is_hidden(place: Place, role: str) -> None:
    search = Search(place.bases[role])
    for field, value, entity, key in (
        ("salary", "peppercorn", "PEOPLE", "P-ANN"),
        ("author", "P-BEN", "DEALS", "D-NONE"),
    ):
        hits = search.ask("P-ANN D-NONE", filters={field: value}, entities=[entity]).hits
        may = key in SEES[role] and (field != "salary" or role in UNMASKED)
        assert (key in {hit.key for hit in hits}) == may


@pytest.mark.parametrize("role", ROLES)
def test_a_deleted_row_is_told_to_those_who_saw_it(place: Place, role: str) -> None:
    changes = changes_since(place.bases[role], place.moment)
    assert changes.unknown == ()
    expected = ["Marmot census"] if role in ("KEEPER", "LEGAL", "BOTH") else []
    assert [item.title for item in changes.deleted] == expected
    assert changes.left_out == (("NOTES",) if role == "JUNIOR" else ())


@pytest.mark.parametrize("role", ROLES)
def test_one_role_asks_the_service_and_sees_what_its_roles_see(place: Place, role: str) -> None:
    base = place.bases[role]
    request = json.dumps({"query": "harvest", "columns": ["NOTE_ID"], "limit": 50})
    sql = "SELECT SNOWFLAKE.CORTEX.SEARCH_PREVIEW('DB.KB.NOTES_SEARCH', ?) AS A"
    if role != "SERVER":
        with pytest.raises(StatementError):
            base.session.query(sql, (request,))
    else:
        # Whoever may use a service leaves our filter out: therefore it is one role that may.
        assert "N-NOBODY" in base.session.query(sql, (request,))[0]["A"]
    if role != "JUNIOR":
        found = Search(base).ask("harvest notes", by="services", entities=["NOTES"])
        assert found.by == ("services" if role == "SERVER" else "sql")
        assert {hit.key for hit in found.hits} == {k for k in SEES[role] if k[0] == "N"}


def test_an_account_gets_the_filter_of_the_caller(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = "session-" + "t" * 20
    with serving(place.bases["SERVER"].session.fork(), token) as api:
        for role in ("SERVER", "SALES"):
            base = place.bases[role]
            monkeypatch.setattr(type(base.session), "rest_access", lambda _self: (api.url, token))
            cloud = replace(base, stack=replace(base.stack, connection="dev"))
            found = Search(cloud).ask("harvest notes", entities=["NOTES", "DEALS"])
            assert found.by == ("both" if role == "SERVER" else "sql")
            assert {hit.key for hit in found.hits} <= SEES[role]
        api.session.close()
    assert api.faults == []
    filters = [body["filter"] for _, body in api.requests]
    assert {"@contains": {"READERS": "SALES"}} in filters
    assert all(plain(item).count("sales") == 1 for item in filters)


def test_a_role_that_is_taken_away_shows_nothing_more(place: Place) -> None:
    search = Search(place.bases["BOTH"])
    ask_again = lambda: {h.key for h in search.ask("harvest zebrafish", entities=["NOTES"]).hits}  # noqa: E731
    assert "N-SALES" in ask_again()
    place.admin.session.execute("REVOKE ROLE SALES FROM ROLE BOTH")
    try:
        assert ask_again() == {"N-LEGAL", "N-EVERY"}
    finally:
        place.admin.session.execute("GRANT ROLE SALES TO ROLE BOTH")
    assert "N-SALES" in ask_again()


def test_passages_without_a_grant_leave_the_rows(place: Place) -> None:
    base = place.bases["SALES"].fork()
    table = "DB.KB.NOTES_CHUNKS"
    place.admin.session.execute(f"REVOKE SELECT ON TABLE {table} FROM ROLE SALES")
    try:
        found = Search(base).ask("walrus parade", entities=["NOTES"])
        assert (found.hits[0].key, found.hits[0].passage) == ("N-SALES", None)
        assert found.left_out == ("NOTES_CHUNKS",)
        assert "NOTES_CHUNKS was left out" in found.notes[0]
        with pytest.raises(UnreadableError, match="NOTES_CHUNKS"):
            passages_around(base, "NOTES", "N-SALES", 1)
        assert get_row(base, "NOTES", "N-SALES").title == "Walrus parade"
        desk = Desk(base, Caller("sales", "", "SALES"))
        assert desk.run(lambda d: d.sync_status()).left_out == ["NOTES_CHUNKS"]
    finally:
        place.admin.session.execute(f"GRANT SELECT ON TABLE {table} TO ROLE SALES")
        base.session.close()


def test_an_evaluation_goes_on_without_what_the_role_may_not_read(place: Place) -> None:
    base = place.bases["JUNIOR"]
    asked = [
        Question("walrus", "words", {"NOTES/N-SALES": 1}, entities=("NOTES",)),
        Question("budget memo", "words", {"M-PAY": 1}),
    ]
    outcomes, missing = evaluate(base, asked)
    assert [item.left_out for item in outcomes] == [("NOTES",), ("NOTES",)]
    assert [item.rank for item in outcomes] == [None, 1]
    assert missing == ["NOTES/N-SALES"]
    assert "# NOTES was left out" in suggested(base, base.chosen())


def test_whom_a_row_is_for_changes_at_once_and_in_its_passages_with_the_next_cut(
    place: Place,
) -> None:
    base, admin = place.bases["SALES"], place.admin
    seen = "SELECT COUNT(*) AS N FROM DB.KB.NOTES_CHUNKS WHERE NOTE_ID = 'N-SALES'"
    before = base.session.query(seen)[0]["N"]
    assert before > 1
    change = "UPDATE DB.KB.NOTES SET READERS = PARSE_JSON(?)::ARRAY WHERE NOTE_ID = 'N-SALES'"
    admin.session.execute(change, ("[]",))
    try:
        hits = Search(base).ask("zebrafish", entities=["NOTES"]).hits
        assert "N-SALES" not in {hit.key for hit in hits}
        embed_pending(admin, admin.chosen(["NOTES"]))
        assert base.session.query(seen)[0]["N"] == 0
    finally:
        admin.session.execute(change, ('["SALES"]',))
        embed_pending(admin, admin.chosen(["NOTES"]))
    assert base.session.query(seen)[0]["N"] == before
