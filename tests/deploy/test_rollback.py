"""Back to an earlier definition: what is only called otherwise since then keeps its data."""

from workplace import Workplace

PEOPLE = "SELECT * FROM SMALL.S.PEOPLE"


def renamed(place: Workplace, before: str, after: str) -> None:
    """Rename the column in the table and in the view that reads it."""
    path = place.folder / "objects/all.yaml"
    text = path.read_text(encoding="utf-8").splitlines()
    lines = [
        f"    - {{name: {after}, renamed_from: {before}, type: string(64)}}"
        if f"{{name: {before}," in line
        else line.replace(f"SELECT {before} ", f"SELECT {after} ")
        for line in text
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_columns_that_were_renamed_since_keep_their_values(small: Workplace) -> None:
    small.hushflake("apply")
    first = small.hushflake("history", "--format", "json").json()["deployments"][0]["id"]
    small.execute("INSERT INTO SMALL.S.PEOPLE VALUES ('1', 'Ada')")
    for before, after in (("NAME", "FULL_NAME"), ("FULL_NAME", "WHOLE_NAME")):
        renamed(small, before, after)
        small.hushflake("apply")
    assert small.query(PEOPLE) == [{"ID": "1", "WHOLE_NAME": "Ada"}]
    second = small.hushflake("history", "--format", "json").json()["deployments"][1]["id"]
    small.hushflake("rollback", first, "--yes")
    assert small.query(PEOPLE) == [{"ID": "1", "NAME": "Ada"}]
    small.hushflake("rollback", second, "--yes")  # forth again, past the way back
    assert small.query(PEOPLE) == [{"ID": "1", "FULL_NAME": "Ada"}]
    small.hushflake("drift")
