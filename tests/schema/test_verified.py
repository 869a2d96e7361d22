"""Labelled questions with SQL are verified queries of a semantic view."""

from pathlib import Path

import pytest
from projects import STACK, make_project

from hushflake.schema.compile import compile_stack, load_stack
from hushflake.schema.errors import DefinitionError
from hushflake.schema.kinds.semantic_view import SemanticView, VerifiedQuery
from hushflake.schema.names import Identifier
from hushflake.schema.values import Key

DEFINITIONS = """
- {kind: schema, name: S}
- {kind: table, name: S.T, columns: [{name: id, type: integer}]}
- kind: semantic_view
  name: S.V
  tables: [{name: t, on: {table: T}, primary_key: id}]
  metrics: [{name: total, table: t, expression: COUNT(t.id)}]
- entity: PEOPLE
  schema: S
  key: [person_id]
  fields: {person_id: string, age: integer, city: string}
  semantic:
    metrics: {oldest: MAX(PEOPLE.age)}
    filters: {grown_up: PEOPLE.age >= 18}
    private: [age]
"""


def verified(
    root: Path, questions: str, stack: str = STACK
) -> dict[str, tuple[VerifiedQuery, ...]]:
    project = make_project(root, DEFINITIONS, stack)
    (root / "evaluation").mkdir(exist_ok=True)
    (root / "evaluation" / "q.yaml").write_text(questions, encoding="utf-8")
    found = compile_stack(project, load_stack(project, "test")).resources
    views = {k.name: r.spec for k, r in found.items() if isinstance(r.spec, SemanticView)}
    return {name: spec.verified_queries for name, spec in views.items()}


def test_a_question_with_sql_belongs_to_the_view_it_names_or_to_that_of_its_entity(
    tmp_path: Path,
) -> None:
    found = verified(
        tmp_path,
        """
asked:
  - {ask: who is here, rows: [P-1]}
  - {ask: How many?, semantic_view: S.V, verified_at: 2026-11-02, verified_by: STEWARD = ada,
     onboarding: true, sql: SELECT * FROM SEMANTIC_VIEW(V METRICS total)}
  - {ask: How many, semantic_view: v, sql: SELECT COUNT(*) FROM T}
  - {ask: oldest one, rows: [P-1], entities: [PEOPLE],
     sql: SELECT oldest FROM SEMANTIC_VIEW(PEOPLE_SEMANTIC METRICS oldest)}
""",
    )
    first, second = found["DB.S.V"]
    assert first == VerifiedQuery(
        name=Identifier("HOW_MANY"),
        question="How many?",
        sql="SELECT * FROM SEMANTIC_VIEW(DB.S.V METRICS total)",
        verified_at="2026-11-02",
        onboarding=True,
    )
    assert first.verified_by == "STEWARD = ada"
    assert (second.name.text, second.sql) == ("HOW_MANY_2", "SELECT COUNT(*) FROM DB.S.T")
    (own,) = found["DB.S.PEOPLE_SEMANTIC"]
    assert own.sql == "SELECT oldest FROM SEMANTIC_VIEW(DB.S.PEOPLE_SEMANTIC METRICS oldest)"


def test_an_entity_has_filters_and_what_no_query_may_name(tmp_path: Path) -> None:
    project = make_project(tmp_path, DEFINITIONS)
    desired = compile_stack(project, load_stack(project, "test"))
    spec = desired.resources[Key("semantic_view", "DB.S.PEOPLE_SEMANTIC")].spec
    assert [(i.name.text, i.expression) for i in spec.dimensions if i.filter] == [
        ("GROWN_UP", "PEOPLE.age >= 18")
    ]
    assert [(i.name.text, i.private) for i in spec.facts] == [("AGE", True)]


def test_a_stack_without_semantic_views_leaves_their_questions_out(tmp_path: Path) -> None:
    stack = "database: DB\nsemantic_views: false\n"
    questions = "q: [{ask: How many?, semantic_view: S.V, sql: SELECT 1}]"
    assert verified(tmp_path, questions, stack) == {}


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("{ask: a, sql: SELECT 1}", "q.yaml:1:19: a question with sql is a verified query"),
        ("{ask: a, semantic_view: S.W, sql: SELECT 1}", "q.yaml:1:29: S.W is not a semantic view"),
        ("{semantic_view: S.V, sql: SELECT 1}", "q.yaml:1:5: the question has no ask"),
        ("{ask: a, semantic_view: S.V, sql: SELECT 1; DROP TABLE T}", "q.yaml:1:47: "),
        (
            "{ask: a, semantic_view: S.V, sql: SELECT 1, verified_at: soon}",
            "verified_at of A is 'soon'",
        ),
        (
            "{ask: a, semantic_view: S.V, sql: SELECT 1, verified_by: ada}",
            "verified_by of A is 'ada'",
        ),
    ],
)
def test_mistakes_are_told_at_their_place(tmp_path: Path, question: str, message: str) -> None:
    with pytest.raises(DefinitionError) as raised:
        verified(tmp_path, f"q: [{question}]")
    assert message in str(raised.value)
