"""Connections between rows, over HTTP through the real connector."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from hushflake.cli.main import main
from hushflake.knowledge.base import Base
from hushflake.knowledge.errors import KnowledgeMistakeError
from hushflake.knowledge.pictures import dot, mermaid, svg
from hushflake.knowledge.related import Node, related

SUMMIT = Node("CUSTOMERS", "CUS-001")


def test_references_and_relationships_are_followed_both_ways(base: Base) -> None:
    found = related(base, "customers", "CUS-001", depth=1)
    named = {(link.start, link.relation, link.end) for link in found.links}
    assert (SUMMIT, "owner_id", Node("EMPLOYEES", "EMP-011")) in named
    assert (SUMMIT, "uses", Node("PRODUCTS", "PRD-001")) in named
    assert (Node("EMPLOYEES", "EMP-012"), "manages", SUMMIT) in named
    assert (Node("SALES_MATERIALS", "MAT-004"), "customer_id", SUMMIT) in named
    assert set(found.depth_of.values()) == {0, 1}
    assert found.titles[SUMMIT] == "Summit Ridge Residential"
    assert found.complete


def test_depth_reaches_further_and_nothing_comes_twice(base: Base) -> None:
    near = related(base, "CUSTOMERS", "CUS-001", depth=1)
    far = related(base, "CUSTOMERS", "CUS-001", depth=2)
    assert set(near.titles) < set(far.titles)
    assert Node("EMPLOYEES", "EMP-003") in far.titles
    links = [(link.start, link.relation, link.end) for link in far.links]
    assert len(links) == len(set(links))
    assert all(abs(far.depth_of[s] - far.depth_of[e]) <= 1 for s, _, e in links)


def test_rows_that_share_an_id_of_another_system_are_connected(base: Base) -> None:
    table = base.entity("COMPANY_DOCUMENTS").table
    (employee,) = base.session.query(
        f"SELECT SLACK_ID FROM {base.entity('EMPLOYEES').table} WHERE EMPLOYEE_ID = 'EMP-009'"
    )
    base.session.execute(
        f"UPDATE {table} SET SLACK_ID = ? WHERE DOCUMENT_ID = 'DOC-008'", (employee["SLACK_ID"],)
    )
    found = related(base, "EMPLOYEES", "EMP-009", depth=1)
    shared = [link for link in found.links if link.relation == "same slack_id"]
    assert [(link.start, link.end) for link in shared] == [
        (Node("COMPANY_DOCUMENTS", "DOC-008"), Node("EMPLOYEES", "EMP-009"))
    ]


def test_a_row_that_is_not_there(base: Base) -> None:
    with pytest.raises(KnowledgeMistakeError, match="EMPLOYEES has no row with the key 'nobody'"):
        related(base, "EMPLOYEES", "nobody")


def test_pictures(base: Base) -> None:
    found = related(base, "CUSTOMERS", "CUS-001", depth=1)
    picture = ET.fromstring(svg(found))
    space = "{http://www.w3.org/2000/svg}"
    texts = [item.text for item in picture.iter(f"{space}text")]
    assert "Liam O'Connell" in texts
    drawn = [item for item in picture.iter(f"{space}path") if item.get("class") == "line"]
    assert len(drawn) == len({(link.start, link.end) for link in found.links})
    assert {link.relation for link in found.links} <= {
        word for text in texts for word in (text or "").split(", ")
    }
    assert mermaid(found).count("-->") == len(found.links)
    assert dot(found).count("->") == len(found.links)
    assert '"CUSTOMERS CUS-001" -> "PRODUCTS PRD-001" [label="uses"];' in dot(found)


def test_the_command(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["related", "customers", "CUS-001", "--depth", "1"]) == 0
    assert "PRODUCTS PRD-001 Tideline Pricing" in capsys.readouterr().out
    assert main(["related", "customers", "CUS-001", "--depth", "1", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["format"] == "hushflake.related/1"
    assert document["origin"] == {"entity": "CUSTOMERS", "key": "CUS-001"}
    assert main(["related", "customers", "CUS-001", "--depth", "1", "--format", "svg"]) == 0
    assert capsys.readouterr().out.startswith("<svg")
    assert main(["related", "customers", "none"]) == 2


def test_the_case_of_names_and_blanks_around_them_do_not_matter(base: Base) -> None:
    table = base.entity("RELATIONSHIPS").table
    loose = (
        "'REL-CASE', ' customers', 'CUS-001', 'Employees ', 'EMP-009', 'knows', CURRENT_TIMESTAMP()"
    )
    base.session.execute(
        f"INSERT INTO {table} (RELATIONSHIP_ID, FROM_ENTITY, FROM_KEY, TO_ENTITY, TO_KEY, "
        f"RELATIONSHIP_TYPE, UPDATED_AT) SELECT {loose}"
    )
    found = related(base, "customers", " cus-001 ", depth=1)
    assert found.origin == Node("CUSTOMERS", "CUS-001")
    ends = {(link.start, link.relation, link.end) for link in found.links}
    assert (Node("CUSTOMERS", "CUS-001"), "knows", Node("EMPLOYEES", "EMP-009")) in ends
    base.session.execute(f"DELETE FROM {table} WHERE RELATIONSHIP_ID = 'REL-CASE'")


def test_a_key_that_is_no_text_is_a_mistake(base: Base) -> None:
    with pytest.raises(KnowledgeMistakeError, match="the key is not valid text: character 1"):
        related(base, "EMPLOYEES", "\udcff")
