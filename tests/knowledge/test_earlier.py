"""Rows whose vectors an earlier embedder made are embedded again."""

import pytest

from hushflake.knowledge import earlier
from hushflake.knowledge.base import Base
from hushflake.knowledge.coverage import coverage
from hushflake.knowledge.embed import embed_pending


def test_rows_of_an_earlier_embedder_wait_and_are_embedded(
    base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    entity = base.entity("COMPETITORS")
    (before,) = coverage(base.session, [entity])
    assert not earlier.rows_of_earlier(base, [entity])
    path = ".".join(part.text for part in entity.table.parts)
    monkeypatch.setattr(earlier, "earlier_vectors", lambda *_: {path: 3, "D.S.OTHER": 2})
    assert earlier.rows_of_earlier(base, [entity]) == {"COMPETITORS": 3}
    earlier.let_wait(base, ["COMPETITORS"])
    assert coverage(base.session, [entity])[0].pending == before.vectors
    assert embed_pending(base, [entity]) == before.vectors
    assert coverage(base.session, [entity])[0].pending == 0
