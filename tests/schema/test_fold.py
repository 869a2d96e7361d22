"""A folded plan knows an object's entity from the model and from the journal, never from names."""

import json
from dataclasses import replace
from pathlib import Path

from projects import folded_text, make_project

from hushflake.cli.plan_text import Line, shortened
from hushflake.schema.compile import compile_stack, load_stack
from hushflake.schema.fold import fold
from hushflake.schema.planner import make_plan
from hushflake.schema.state import Desired, State

ENTITY = """
entity: PEOPLE
schema: KB
key: [person_id]
fields:
  person_id: {type: string(64), required: true}
  manager_id: {type: string(64), references: PEOPLE.person_id}
"""
OBJECTS = """
- {kind: schema, name: KB}
- {kind: role, name: READER}
- {kind: table, name: KB.PEOPLE_OLD, columns: [{name: A, type: int}]}
- {kind: grant, to: READER, privileges: [SELECT], on: {table: KB.PEOPLE}}
- {kind: grant, to: READER, privileges: [SELECT], on: {table: KB.PEOPLE_OLD}}
"""


def compiled(root: Path) -> Desired:
    project = make_project(root, OBJECTS)
    (root / "entities").mkdir()
    (root / "entities" / "people.yaml").write_text(ENTITY, encoding="utf-8")
    return compile_stack(project, load_stack(project, "test"))


def test_what_is_attached_goes_with_its_entity(tmp_path: Path) -> None:
    desired = compiled(tmp_path)
    plan = make_plan(desired, State())
    assert folded_text(plan, desired).splitlines() == [
        "+ role READER",
        "+ database DB",
        "+ schema KB",
        "+ PEOPLE: table, foreign key, grant",
        "+ table PEOPLE_OLD",
        "+ grant to READER",
        "8 operations: 8 objects to create",
    ]


def test_the_journal_remembers_the_entity_of_what_is_dropped(tmp_path: Path) -> None:
    desired = compiled(tmp_path)
    last = State.from_plain(json.loads(json.dumps(desired.state().to_plain())))
    # An account does not say what belongs to an entity.
    there = State.of(replace(r, entity=None) for r in desired.resources.values())
    plan = make_plan(Desired(desired.project, desired.stack), there, last)
    folded = fold(plan, {}, last.resources, there.resources)
    (group,) = [group for group in folded.groups if group.entity]
    assert (group.entity, group.sign) == ("PEOPLE", "-")
    assert [item.key.kind for item in group.objects] == ["grant", "foreign_key"]
    # What holds data stands for itself.
    assert {op.kind for op in folded.whole} == {"table", "schema", "database"}
    # Without a journal that knows, a grant is still a grant, and nothing is guessed from names.
    plain = fold(plan, {}, there.resources)
    assert [group.entity for group in plain.groups if group.entity] == []


def test_many_entities_to_which_the_same_happens_share_a_line() -> None:
    lines = [Line("+", f"E{number}", ("table", "stream"), "") for number in range(30)]
    few = [Line("~", f"F{number}", ("table (+ column X)",), "drift") for number in range(20)]
    other = Line("+", "E30", ("table",), "")
    first, *rest = shortened([*lines[:25], other, *few, *lines[25:]])
    assert str(first) == (
        "+ 30 entities alike (E0, E1, E2, E3, E4, E5, E6, E7, and 22 more): table, stream"
    )
    assert rest == [other, *few]
