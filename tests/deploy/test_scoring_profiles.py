"""Scoring profiles of a search service: made, changed, mended, dropped, and ranked by."""

import json
from typing import Any

import pytest
from desk import Desk, lines

from hushflake.deploy.errors import StatementError

SERVICE = "DB.S.FIND"


def project(profiles: str) -> str:
    return lines(
        "- {kind: schema, name: S}",
        "- {kind: warehouse, name: RANK_WH, size: xsmall}",
        "- kind: table",
        "  name: S.PAGES",
        "  change_tracking: true",
        "  columns: [{name: ID, type: text}, {name: BODY, type: text},",
        "    {name: LIKES, type: integer}, {name: MADE_AT, type: timestamp_ltz},",
        "    {name: MADE_ON, type: date}]",
        "- {kind: cortex_search_service, name: S.FIND, on: BODY, warehouse: RANK_WH,",
        '   query: "SELECT ID, BODY, LIKES, MADE_AT, MADE_ON FROM DB.S.PAGES",',
        f"   scoring_profiles: [{profiles}]}}",
    )


def found(desk: Desk, **more: Any) -> list[str]:
    request = {"query": "leases", "columns": ["ID"], **more}
    sql = f"SELECT SNOWFLAKE.CORTEX.SEARCH_PREVIEW('{SERVICE}', '{json.dumps(request)}') AS A"
    return [row["ID"] for row in json.loads(desk.query(sql)[0]["A"])["results"]]


def test_profiles_are_deployed_changed_and_mended(desk: Desk) -> None:
    liked = "{name: liked, numeric_boosts: [{column: likes, weight: 2}]}"
    newest = "{name: newest, time_decays: [{column: made_at, limit_hours: 24}]}"
    desk.deploy(project(f"{liked}, {newest}"))
    view = f"SELECT * FROM {desk.name}.INFORMATION_SCHEMA.CORTEX_SEARCH_SERVICE_SCORING_PROFILES"
    rows = desk.query(view)
    assert [(row["SERVICE_NAME"], row["PROFILE_NAME"]) for row in rows] == [
        ("FIND", "LIKED"),
        ("FIND", "NEWEST"),
    ]
    assert json.loads(rows[0]["SCORING_PROFILE"]) == {
        "functions": {"numeric_boosts": [{"column": "LIKES", "weight": 2}]}
    }
    assert (
        desk.query(f"SHOW CORTEX SEARCH SERVICES IN DATABASE {desk.name}")[0][
            "scoring_profile_count"
        ]
        == 2
    )
    # By hand, after which the account is as it was declared again.
    desk.execute(f"ALTER CORTEX SEARCH SERVICE {SERVICE} DROP SCORING PROFILE LIKED")
    desk.execute(
        f"""ALTER CORTEX SEARCH SERVICE {SERVICE} ADD SCORING PROFILE X '{{"reranker": "none"}}'"""
    )
    service = "cortex_search_service DB.S.FIND scoring profile"
    assert desk.pending() == [
        f"drop_profile {service} X [drift]",
        f"add_profile {service} LIKED [drift]",
    ]
    desk.deploy(project(f"{liked.replace('2', '3')}, {newest}"))
    assert [row["PROFILE_NAME"] for row in desk.query(view)] == ["LIKED", "NEWEST"]
    desk.deploy(project(""))
    assert desk.query(view) == []


def test_a_request_is_ranked_by_a_profile_or_a_configuration(desk: Desk) -> None:
    liked = "{name: liked, numeric_boosts: [{column: likes, weight: 2}]}"
    newest = "{name: newest, time_decays: [{column: made_at, limit_hours: 24}]}"
    desk.deploy(project(f"{liked}, {newest}"))
    desk.execute(
        "INSERT INTO DB.S.PAGES SELECT '1', 'leases', 5, '2020-01-01'::TIMESTAMP_LTZ, '2020-01-01' "
        "UNION ALL SELECT '2', 'leases', NULL, CURRENT_TIMESTAMP(), CURRENT_DATE() "
        "UNION ALL SELECT '3', 'leases', 900, NULL, NULL"
    )
    assert found(desk, scoring_profile="liked") == ["3", "1", "2"]
    assert found(desk, scoring_profile="NEWEST") == ["2", "1", "3"]
    # That of the profile wins.
    config = {"functions": {"time_decays": [{"column": "MADE_ON", "limit_hours": 240}]}}
    assert found(desk, scoring_config=config) == ["2", "1", "3"]
    assert found(desk, scoring_config=config, scoring_profile="liked") == ["3", "1", "2"]


_REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"scoring_profile": "none"}, "no scoring profile 'none'"),
    ({"scoring_config": []}, "an object"),
    ({"scoring_config": {"functions": [1]}}, "an object"),
    ({"scoring_config": {"boosts": []}}, "unknown key 'boosts'"),
    ({"scoring_config": {"reranker": "fast"}}, "the reranker is"),
    ({"scoring_config": {"weights": {"texts": "1"}}}, "are numbers"),
    ({"scoring_config": {"functions": {"numeric_boosts": [{}]}}}, "names a column"),
    ({"scoring_config": {"functions": {"numeric_boosts": [{"column": "MADE_ON"}]}}}, "no numbers"),
    ({"scoring_config": {"functions": {"time_decays": [{"column": "LIKES"}]}}}, "no times"),
    ({"scoring_config": {"functions": {"time_decays": [{"column": "X"}]}}}, "unknown column 'X'"),
    (
        {"scoring_config": {"functions": {"time_decays": [{"column": "MADE_ON", "now": "x"}]}}},
        "ISO 8601",
    ),
)


def test_what_is_no_configuration_is_refused(desk: Desk) -> None:
    desk.deploy(project(""))
    for more, told in _REFUSED:
        with pytest.raises(StatementError, match=told):
            found(desk, **more)
    for statement, told in (
        ("ADD SCORING PROFILE A 'no json'", "Invalid JSON"),
        ("ADD SCORING PROFILE A '{\"boosts\": []}'", "unknown key"),
        ("DROP SCORING PROFILE A", "does not exist"),
    ):
        with pytest.raises(StatementError, match=told):
            desk.execute(f"ALTER CORTEX SEARCH SERVICE {SERVICE} {statement}")
