"""What is saved comes back byte for byte, and what stood in a definition stays as it was."""

import base64

import pytest
import yaml
from fake_esc import FakeEsc
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hushflake.config.errors import ConfigError
from hushflake.config.esc import escaping
from hushflake.config.esc.client import Definition, EscClient
from hushflake.config.esc.definition import Setting, edited, save
from hushflake.config.esc.environment import Environment
from hushflake.config.esc.errors import EscError, RoundTripError, StaleDefinitionError
from hushflake.config.esc.values import leaves

PROD = Environment("acme", "shop", "prod")
TRAPS = [
    "pa$$word",
    "$",
    "$$",
    "$$$",
    "${",
    "${db.password}",
    "$${x}",
    "a${b",
    "fn::secret: x",
    '{"fn::secret": "x"}',
    "{fn::secret: {ciphertext: abc}}",
    "yes",
    "null",
    "~",
    "1e5",
    "007",
    "1.50",
    "",
    " lead and trail ",
    "line\nbreaks\n\n",
    "tab\tquote\"back\\slash'",
    "# no comment",
    "- no list",
    "a: b",
    "*no &anchor !tag",
    "%no directive",
    "ümläut ☃ 😀",
    "\x01\x7f\x85\u2028\ufeff",
    "x" * 5000,
    "-----BEGIN KEY-----\nabc\n-----END KEY-----\n",
]


def held(client: EscClient) -> dict[str, str | None]:
    session = client.open(PROD)
    return {leaf.dotted: leaf.text for leaf in leaves(client.read(PROD, session))}


@pytest.fixture
def empty(esc: FakeEsc, client: EscClient) -> EscClient:
    client.create(PROD)
    return client


@pytest.mark.parametrize("secret", [True, False])
def test_the_traps_round_trip(empty: EscClient, secret: bool) -> None:
    given_ = {f"TRAP_{number}": Setting(text, secret) for number, text in enumerate(TRAPS)}
    save(empty, PROD, given_)
    found = held(empty)
    for name, setting in given_.items():
        assert found[f"environmentVariables.{name}"] == setting.text
    definition = empty.definition(PROD).yaml
    assert ("pa$$" in definition) != secret


@given(text=st.text(st.characters(codec="utf-8"), max_size=30), secret=st.booleans())
@example(text="${", secret=True)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text_round_trips(empty: EscClient, text: str, secret: bool) -> None:
    save(empty, PROD, {"ANY": Setting(text, secret)})
    assert held(empty)["environmentVariables.ANY"] == text


def test_the_rules_of_escaping() -> None:
    assert escaping.plain("pa$$w${x}") == "pa$$$$w$${x}"
    assert escaping.secret("pa$$word") == {"fn::secret": "pa$$word"}
    encoded = base64.b64encode(b"a${b").decode()
    assert escaping.secret("a${b") == {"fn::fromBase64": {"fn::secret": encoded}}


KEPT = """\
# who owns this: platform
imports:
  - base   # shared
values:
  db:
    user: 'shop'       # quoted on purpose
    password:
      fn::secret:
        ciphertext: ZXNjLQ==
  environmentVariables:
    OLD: "${db.user}"
    LAST: |
      two
      lines
"""


def test_an_edit_leaves_everything_else_as_it_was() -> None:
    after = edited(KEPT, {"NEW": Setting("n", False), "db.port": Setting("5", False)})
    expected = KEPT.replace(
        "        ciphertext: ZXNjLQ==\n", '        ciphertext: ZXNjLQ==\n    port: "5"\n'
    )
    assert after == expected + '    NEW: "n"\n'
    # Replacing a value, and a definition that holds nothing yet.
    again = edited(after, {"NEW": Setting("m", False)})
    assert again == after.replace('NEW: "n"', 'NEW: "m"')
    assert yaml.safe_load(edited("", {"A": Setting("b", True)})) == {
        "values": {"environmentVariables": {"A": {"fn::secret": "b"}}}
    }


@pytest.mark.parametrize(
    ("text", "path", "reason"),
    [
        ("values: {a: text}", "a.b", "holds a value and not a map"),
        ("values: {a: {fn::secret: x}}", "a.b", "holds a value and not a map"),
        ("values: {}", "a..b", "single dots"),
        ("values: {}", ".a", "single dots"),
        ("values: {servers: [a]}", "servers[0].name", "set the list as a whole"),
        ("values: [1, }", "a", "not YAML"),
        ("[]", "a", "is not a map"),
    ],
)
def test_what_cannot_be_edited_is_told(text: str, path: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        edited(text, {path: Setting("canary", True)})


def test_a_change_in_between_is_not_overwritten(empty: EscClient, esc: FakeEsc) -> None:
    esc.fault(method="PATCH", status=409)
    with pytest.raises(StaleDefinitionError, match="changed it in between"):
        save(empty, PROD, {"A": Setting("b", False)})
    assert empty.definition(PROD).yaml == ""


def test_what_comes_back_changed_is_put_back(
    empty: EscClient, esc: FakeEsc, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(empty, PROD, {"KEPT": Setting("k", True)})
    before = empty.definition(PROD).yaml
    monkeypatch.setattr(escaping, "plain", lambda text: text)  # a rule that we got wrong
    with pytest.raises(RoundTripError, match="BAD came back changed") as caught:
        save(empty, PROD, {"BAD": Setting("canary$$canary", False), "GOOD": Setting("g", False)})
    assert "canary" not in str(caught.value)
    assert empty.definition(PROD).yaml == before


def test_what_cannot_be_read_back_is_put_back(empty: EscClient, esc: FakeEsc) -> None:
    before = empty.definition(PROD).yaml
    esc.fault(method="POST", path="/open", status=500, times=99)
    with pytest.raises(RoundTripError, match="was put back"):
        save(empty, PROD, {"A": Setting("b", False)})
    assert empty.definition(PROD).yaml == before


@pytest.mark.parametrize("between", ["before the look", "after the look"])
def test_a_newer_revision_of_somebody_else_is_not_put_back(
    empty: EscClient, esc: FakeEsc, monkeypatch: pytest.MonkeyPatch, between: str
) -> None:
    esc.fault(method="POST", path="/open", status=500, times=99)
    look, looks = EscClient.definition, []

    def definition(client: EscClient, environment: Environment) -> Definition:
        looks.append(1)
        if len(looks) == 2 and between == "before the look":
            esc.save(str(PROD), "values: {theirs: '1'}")
        found = look(client, environment)
        if len(looks) == 2 and between == "after the look":
            esc.save(str(PROD), "values: {theirs: '1'}")
        return found

    monkeypatch.setattr(EscClient, "definition", definition)
    with pytest.raises(RoundTripError, match=r"stay saved in revision 2.*newer one, which was not"):
        save(empty, PROD, {"A": Setting("canary", False)})
    monkeypatch.undo()
    assert "theirs" in empty.definition(PROD).yaml


def test_a_failure_to_put_back_is_reported(
    empty: EscClient, esc: FakeEsc, monkeypatch: pytest.MonkeyPatch
) -> None:
    esc.fault(method="POST", path="/open", status=500, times=99)
    look, looks = EscClient.definition, []

    def definition(client: EscClient, environment: Environment) -> Definition:
        looks.append(1)
        if len(looks) == 2:
            esc.fault(method="PATCH", status=500)
        return look(client, environment)

    monkeypatch.setattr(EscClient, "definition", definition)
    with pytest.raises(RoundTripError, match="stay saved in revision 2, because it could not"):
        save(empty, PROD, {"A": Setting("b", False)})


def test_a_pinned_version_is_not_written_to(empty: EscClient) -> None:
    pinned = PROD._replace(version="2")
    with pytest.raises(ConfigError, match="acme/shop/prod@2: a pinned version cannot be changed"):
        save(empty, pinned, {"A": Setting("b", False)})
    assert empty.definition(PROD).yaml == ""


def test_a_refused_definition_changes_nothing(empty: EscClient, esc: FakeEsc) -> None:
    esc.save(str(PROD), "values: {a: '1'}")
    esc.fault(method="PATCH", status=400)
    with pytest.raises(EscError, match="HTTP 400"):
        save(empty, PROD, {"A": Setting("b", False)})
    assert held(empty) == {"a": "1"}


def test_a_setting_does_not_print_its_text() -> None:
    assert "canary" not in repr(Setting("canary", True)) + repr({"a": Setting("canary", False)})
