"""Values of secrets are seen by the account alone; keys of users change without a gap."""

import json
from pathlib import Path

import pytest
from desk import Desk, lines

from hushflake.cli.main import main
from hushflake.deploy.deployment import Deployer
from hushflake.deploy.errors import MistakeError
from hushflake.deploy.render import render
from hushflake.schema.kinds.user import fingerprint

SECRET = lines(
    "- {kind: schema, name: S}",
    "- {kind: secret, name: S.TOKEN, type: generic_string, version: 1}",
)
KEY = "HUSHFLAKE_SECRET_S_TOKEN"
FOLDER = Path(__file__).parent.parent / "schema" / "cases" / "user"


def test_the_value_of_a_secret_is_nowhere_but_in_the_account(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = "it's a-value-of-a-secret"
    desk.declare(SECRET)
    monkeypatch.delenv(KEY, raising=False)
    with pytest.raises(MistakeError, match=KEY):
        desk.apply()
    monkeypatch.setenv(KEY, value)
    seen: list[str] = []
    planner = desk.planner
    planned = planner.plan(desk.session)
    desk.session.trace = seen.append
    deployer = Deployer(planner, desk.session, jobs=1)
    report = deployer.carry_out(planned, planner.plan, lambda _: None)
    desk.session.trace = None
    assert report.run.complete, report.run.outcomes
    assert desk.pending() == []
    assert f"'${{{KEY}}}'" in str(planned.sql)
    kept = "\n".join(
        [
            json.dumps(planned.to_plain()),
            str(report),
            *seen,
            *(str(row) for row in desk.query("SELECT * FROM HUSHFLAKE.JOURNAL.DEPLOYMENTS")),
            *(
                str(row["query_text"])
                for row in (
                    {k.lower(): v for k, v in row.items()}
                    for row in desk.query(
                        "SELECT QUERY_TEXT FROM TABLE(DB.INFORMATION_SCHEMA.QUERY_HISTORY())"
                    )
                )
            ),
        ]
    )
    assert "SECRET_STRING" in kept
    assert "value-of-a" not in kept

    # A new version sets it anew; the account cannot be asked what it holds.
    desk.declare(SECRET.replace("version: 1", "version: 2"))
    assert desk.pending() == ["set_value secret DB.S.TOKEN"]
    assert desk.apply().run.complete
    assert desk.pending() == []


def test_a_project_says_nothing_about_where_a_value_goes(desk: Desk) -> None:
    desk.declare(SECRET)
    templates = desk.folder / "templates" / "sql" / "secret"
    templates.mkdir(parents=True)
    (templates / "create.sql.j2").write_text("CREATE SECRET {{ name }} COMMENT = {{ value }}")
    planned = desk.plan()
    op = next(op for op in planned.plan.operations if op.kind == "secret")
    assert planned.sql[op.id] == render(op)
    assert "COMMENT" not in planned.sql[op.id][0]


def _keys() -> list[str]:
    words = (line.strip(" -") for line in (FOLDER / "after.yaml").read_text().splitlines())
    return [word for word in words if word.startswith("MII")]


def test_keys_rotate_through_the_free_slot(desk: Desk) -> None:
    first, second = _keys()
    third = first[:100] + ("A" if first[100] != "A" else "B") + first[101:]
    name = f"BOT_{desk.name}"

    def declared(*keys: str) -> str:
        listed = "".join(f"\n    - {key}" for key in keys)
        return f"- kind: user\n  name: {name}\n  keys: {listed or '[]'}\n"

    def slots() -> list[object]:
        rows = {row["property"]: row["value"] for row in desk.query(f"DESCRIBE USER {name}")}
        return [rows["RSA_PUBLIC_KEY_FP"], rows["RSA_PUBLIC_KEY_2_FP"]]

    desk.deploy(declared(first))
    desk.deploy(declared(first, second))
    assert slots() == [fingerprint(first), fingerprint(second)]
    desk.deploy(declared(second))
    assert slots() == [None, fingerprint(second)]
    assert fingerprint(third) not in (None, fingerprint(first))
    desk.declare(declared(second, third))
    assert desk.sql() == [f"ALTER USER {name} SET RSA_PUBLIC_KEY = '{third}'"]
    desk.deploy(declared(second, third))
    # A key by hand is drift.
    desk.execute(f"ALTER USER {name} SET RSA_PUBLIC_KEY_2 = '{first}'")
    assert [item for item in desk.pending() if not item.endswith("[drift]")] == []
    desk.deploy(declared(second, third))
    desk.deploy(declared())
    assert slots() == [None, None]


def test_no_password_and_no_private_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in ("objects", "stacks"):
        (tmp_path / folder).mkdir()
    (tmp_path / "hushflake.yaml").write_text("project: p\n")
    (tmp_path / "stacks" / "local.yaml").write_text("database: D\n")
    inside = "-".join(("x" * 20, "y" * 20))
    private = (
        f"-----BEGIN {'PRIVATE'} KEY-----\n      {inside}\n      -----END {'PRIVATE'} KEY-----"
    )
    (tmp_path / "objects" / "o.yaml").write_text(
        f"- kind: user\n  name: BOT\n  keys:\n    - |\n      {private}\n"
        f"- {{kind: user, name: B2, {'pass' + 'word'}: {inside}}}\n"
    )
    assert main(["schema", "validate", "--project", str(tmp_path)]) == 2
    shown = "".join(capsys.readouterr())
    assert "this is no public key" in shown
    assert "would put a secret into a definition" in shown
    assert inside not in shown
