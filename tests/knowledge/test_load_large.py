"""100,000 rows into the local stack."""

import csv
from pathlib import Path

import pytest

from hushflake.knowledge.base import Base
from hushflake.knowledge.load import load_file

ROWS = 100_000
SECONDS = 60
WORDS = [
    *("lease", "pricing", "renewal", "tenant", "property", "manager", "software", "market"),
    *("rent", "analysis", "ledger"),
]


def write_customers(path: Path) -> None:
    """About 500 bytes a row, most fields filled."""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(
            [
                *("customer_id", "name", "domain", "industry", "segment", "units_managed", "city"),
                *("status", "arr_usd", "health_score", "renewal_date", "summary", "goals"),
                *("challenges", "hubspot_id", "gong_id"),
            ]
        )
        for n in range(ROWS):
            text = " ".join(WORDS[(n + k * k) % len(WORDS)] for k in range(50))
            out.writerow(
                [
                    *(
                        f"CUS-{n:06d}",
                        f"Customer {n}",
                        f"c{n}.example",
                        "multifamily",
                        "Enterprise",
                    ),
                    *(n % 5000, "Denver", "active", f"{n}.50", n % 100, "2027-01-31"),
                    *(text[:210], text[210:280], text[280:]),
                    *(f"company-{n}", f"gong-{n}"),
                ]
            )


@pytest.mark.slow
def test_a_hundred_thousand_rows_within_a_minute(empty_base: Base, tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    write_customers(path)
    entity = empty_base.entity("CUSTOMERS")
    loaded = load_file(empty_base, entity, path)
    print(f"{ROWS:,} rows, {path.stat().st_size / 1e6:.0f} MB: {loaded.seconds:.1f} s")
    assert (loaded.inserted, loaded.rejected) == (ROWS, 0)
    again = load_file(empty_base, entity, path)
    print(f"again, nothing new: {again.seconds:.1f} s")
    assert (again.inserted, again.updated, again.unchanged) == (0, 0, ROWS)
    rows = empty_base.session.query(
        f"SELECT COUNT(*) AS N, SUM(ARR_USD) AS S FROM {entity.table} WHERE CITY = 'Denver'"
    )
    assert int(rows[0]["N"]) == ROWS
    assert float(rows[0]["S"]) == sum(range(ROWS)) + 0.5 * ROWS
    assert loaded.seconds < SECONDS
