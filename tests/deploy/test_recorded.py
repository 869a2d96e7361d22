"""What SHOW and DESCRIBE answer, as Snowflake documents it, becomes the value we compare.

Each file of `recorded/` names its pages. No account was asked: `basis` says where a page leaves a
spelling open. HUSHFLAKE_WRITE_CASES=1 writes the expected objects anew; read what changed.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from hushflake.schema.kinds import all_kinds, kind_named
from hushflake.schema.kinds.base import Answer, Scope
from hushflake.schema.names import Identifier, QualifiedName
from hushflake.schema.state import State

FOLDER = Path(__file__).parent / "recorded"
FILES = sorted(FOLDER.glob("*.json"))
# Columns that tell how an object fares; none is part of a definition.
COMPUTED = {
    "created_on": "2027-01-01T00:00:00+00:00", "updated_on": None, "rows": 10**9, "bytes": 10**12,
    "running": 99, "queued": 99, "next_value": 12345, "uuid": "x",
    "last_committed_on": "2027-01-01", "stale_after": None, "is_current": "N", "is_default": "N",
    "assigned_to_users": 77, "granted_to_roles": 77, "granted_by": "SOMEBODY", "id": "x",
}  # fmt: skip


def resources(kind: str, document: dict[str, Any], **computed: Any) -> State:
    scope = Scope(
        databases=tuple(map(Identifier.parse, document["scope"]["databases"])),
        roles=tuple(map(QualifiedName.parse, document["scope"]["roles"])),
        declared={kind: tuple(document["scope"].get("declared", ["X"]))},
        singly={kind: tuple(document["scope"].get("singly", []))},
        vector_columns=tuple(map(Identifier.parse, document["scope"]["vector_columns"])),
    )
    asked = {query.sql: query for query in kind_named(kind).queries(scope)}
    assert {answer["sql"] for answer in document["answers"]} == set(asked)
    answers = [
        Answer(
            asked[answer["sql"]],
            [
                {
                    name.lower(): computed.get(name.lower(), value) if name in row else value
                    for name, value in row.items()
                }
                for row in answer["rows"]
            ],
        )
        for answer in document["answers"]
    ]
    return State.of(kind_named(kind).read(answers))


def test_every_kind_has_a_recorded_answer() -> None:
    # A statement is asked for by its own check, which answers nothing but whether it is there.
    assert {path.stem for path in FILES} == set(all_kinds()) - {"statement"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_answer_becomes_these_objects(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    assert all(page.startswith("https://docs.snowflake.com/") for page in document["pages"])
    found = resources(path.stem, document).to_plain()["objects"]
    if os.environ.get("HUSHFLAKE_WRITE_CASES"):
        document["objects"] = found
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    assert found
    assert found == document["objects"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_computed_changes_nothing(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    plain = resources(path.stem, document)
    computed = resources(path.stem, document, **COMPUTED)
    assert plain.fingerprint() == computed.fingerprint()
    assert plain == computed
