"""What counts for a row beside its words and its meaning."""

import json
from dataclasses import replace
from math import log

import pytest

from hushflake.knowledge.base import Base
from hushflake.knowledge.boosts import boost_sql, factor_of, identifiers_of
from hushflake.knowledge.services import requests_of
from hushflake.schema.kinds.scoring_profile import config_of
from hushflake.schema.model import Decay, Entity, Ranking
from hushflake.schema.names import Identifier
from hushflake.schema.search_service import ranking_profile, search_service_of

UNITS, RENEWAL = Identifier("UNITS_MANAGED"), Identifier("RENEWAL_DATE")


def ranked(base: Base, ranking: Ranking) -> Entity:
    entity = base.entity("CUSTOMERS")
    assert entity.search is not None
    return replace(entity, search=replace(entity.search, ranking=ranking))


def test_an_entity_without_settings_adds_nothing(base: Base) -> None:
    entity = ranked(base, Ranking())
    assert (boost_sql(entity, "R"), factor_of(entity)) == ("0", 1.0)
    assert ranking_profile(entity) is None
    assert ranking_profile(replace(entity, search=None)) is None
    assert "scoring_profile" not in next(requests_of(entity, "leases", (), (), 5)).body


def test_boosts_are_those_computed_by_hand(base: Base) -> None:
    decay = Decay(RENEWAL, 30, 0.25)
    entity = ranked(base, Ranking(boost=((UNITS, 0.5),), decay=decay))
    query = base.session.query
    rows = query(
        f"SELECT UNITS_MANAGED AS N, {boost_sql(entity, 'R')} AS B, "
        "GREATEST(DATEDIFF('day', RENEWAL_DATE, CURRENT_TIMESTAMP()), 0) AS DAYS "
        f"FROM {entity.table.sql} AS R"
    )
    assert len(rows) == 22
    for row in rows:
        grown = log(1 + float(row["N"] or 0))
        newness = 0.25 * 0.5 ** (float(row["DAYS"]) / 30) if row["DAYS"] is not None else 0.0
        # GREATEST of nothing is nothing: a row without a time is not new.
        assert float(row["B"]) == pytest.approx(0.5 * grown / (1 + grown) + newness, abs=1e-6)


def test_a_service_has_the_same_boosts_as_its_profile(base: Base) -> None:
    entity = ranked(base, Ranking(boost=((UNITS, 0.5),), decay=Decay(RENEWAL, 2, 0.25)))
    service = search_service_of(entity, None)
    assert [json.loads(config_of(profile)) for profile in service.scoring_profiles] == [
        {
            "functions": {
                "numeric_boosts": [{"column": "UNITS_MANAGED", "weight": 0.5}],
                "time_decays": [{"column": "RENEWAL_DATE", "weight": 0.25, "limit_hours": 240}],
            }
        }
    ]
    # A profile ranks by columns that the service has.
    assert ", UNITS_MANAGED, RENEWAL_DATE, DATE_PART" in service.query
    question, *_ = requests_of(entity, "leases", ("leases",), (), 5)
    assert question.body["scoring_profile"] == service.scoring_profiles[0].name.text


def test_the_shipped_project_knows_people_by_their_address(base: Base) -> None:
    assert [name.text for name in identifiers_of(base.entity("EMPLOYEES"))] == ["EMAIL"]
    named = requests_of(base.entity("EMPLOYEES"), "q", ("a@b.example",), (), 5)
    assert any("EMAIL" in str(request.body) and request.named for request in named)
