"""Declared keys at run time: typed attributes, the check at the start, earlier names."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pytest
from fake_esc import FakeEsc

import hushflake.config as hc
from hushflake.config.declared import aliases
from hushflake.config.declared.key import Alias, DeclaredKey

PROD = "acme/shop/prod"
CANARY = "canary" + "-value-1"


class Keys(hc.ConfigKeys):
    api_token: hc.Typed[hc.Secret] = hc.Typed("API_TOKEN", secret=True, required=True)
    database_url: hc.Typed[hc.Secret] = hc.Typed(
        "DATABASE_URL",
        "url",
        secret=True,
        required=True,
        schemes=("postgresql",),
        owner="@acme/data",
        description="Where the orders are",
        aliases={"PG_URL": "2099-12-31", "OLD_URL": "2026-06-30"},
    )
    port: hc.Typed[int] = hc.Typed("PORT", "int", default=8000)
    level: hc.Typed[Literal["debug", "info"]] = hc.Typed(
        "LEVEL", default="info", choices=("debug", "info")
    )
    workers: hc.Typed[int | None] = hc.Typed("WORKERS", "int", required=False, choices=(1, 2, 4))
    hook: hc.Typed[str | None] = hc.Typed("HOOK", "url", required=("production",))
    pair: hc.Typed[tuple[int, str]] = hc.Typed("PAIR", "tuple[int, str]", default=(1, "a"))
    names: hc.Typed[list[str]] = hc.Typed("NAMES", "list", default=("a", "b,c"))
    wait: hc.Typed[timedelta] = hc.Typed("WAIT", "seconds", default="1m")
    price: hc.Typed[Decimal] = hc.Typed("PRICE", "decimal", default="1.50")
    day: hc.Typed[date | None] = hc.Typed("DAY", "date", required=False)
    folder: hc.Typed[Path] = hc.Typed("FOLDER", "path", default="/data")


keys = Keys()
GOOD = {"API_TOKEN": "t", "DATABASE_URL": "postgresql://h/d", "HOOK": "https://h"}


@pytest.fixture(autouse=True)
def unnoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aliases, "_noted", set())


def test_an_attribute_is_read_when_it_is_asked_for() -> None:
    assert keys.port == 8000
    with hc.config_overrides({"PORT": "1"}):
        assert keys.port == 1
        with hc.config_overrides({"PORT": "2"}):
            assert keys.port == 2
    assert keys.port == 8000


def test_the_types(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (keys.level, keys.pair, keys.names) == ("info", (1, "a"), ["a", "b,c"])
    assert (keys.wait, keys.price, keys.folder) == (
        timedelta(minutes=1),
        Decimal("1.5"),
        Path("/data"),
    )
    assert (keys.workers, keys.day) == (None, None)
    monkeypatch.setenv("HUSHFLAKE_MODE", "development")
    assert keys.hook is None
    with hc.config_overrides({**GOOD, "WORKERS": "4", "DAY": "2026-11-30", "LEVEL": "DEBUG"}):
        assert keys.api_token.reveal() == "t"
        assert keys.database_url == hc.Secret("postgresql://h/d")
        assert (keys.workers, keys.day, keys.level) == (4, date(2026, 11, 30), "debug")
        assert keys.hook == "https://h"
        # A list may be changed by who got it: each reader has its own.
        keys.names.append("mine")
        assert keys.names == ["a", "b,c"]


def test_a_key_that_is_missing_or_wrong() -> None:
    with pytest.raises(hc.MissingConfigError, match=r"^'API_TOKEN'$"):
        keys.api_token  # noqa: B018
    with pytest.raises(hc.MissingConfigError, match=r"^'HOOK'$"):
        keys.hook  # noqa: B018
    for key, attribute, reason in (
        ("PORT", "port", "PORT must be a whole number"),
        ("LEVEL", "level", "LEVEL must be one of debug, info"),
        ("WORKERS", "workers", "WORKERS must be one of 1, 2, 4"),
        ("DATABASE_URL", "database_url", "DATABASE_URL must be a URL, postgresql://…"),
    ):
        with hc.config_overrides({key: CANARY}), pytest.raises(hc.InvalidConfigError) as caught:
            getattr(keys, attribute)
        assert str(caught.value) == reason
        assert not [each for each in held(caught.value) if CANARY in repr(each)]
    with pytest.raises(AttributeError, match="PORT: a key is set where its value comes from"):
        keys.port = 1  # type: ignore[assignment]


def held(error: BaseException) -> Iterator[object]:
    """What can be reached from an error: attributes, causes, variables of frames."""
    yield from (error.args, vars(error), error.__cause__, error.__context__)
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename != __file__:
            yield from trace.tb_frame.f_locals.values()
        trace = trace.tb_next


def test_reads_are_counted_where_they_stand(prod: FakeEsc) -> None:
    hc.configure(esc=PROD)
    assert keys.api_token.reveal() == "esc-token-value"
    (read,) = [each for each in hc.audit_snapshot() if each["key"] == "API_TOKEN"]
    assert (read["source"], read["count"]) == ("esc", 1)
    assert read["code.function.name"] == "test_reads_are_counted_where_they_stand"


def test_the_check_names_everything_at_once_and_no_value() -> None:
    wrong = {"PORT": CANARY, "DATABASE_URL": f"http://{CANARY}", "WORKERS": "3"}
    hc.configure(overrides=wrong)
    with pytest.raises(hc.ConfigCheckError) as caught:
        hc.check_config(Keys)
    error = caught.value
    assert str(error).splitlines() == [
        "configuration that is missing or wrong:",
        "  API_TOKEN is missing",
        "  DATABASE_URL must be a URL, postgresql://…",
        "  PORT must be a whole number",
        "  WORKERS must be one of 1, 2, 4",
        "  HOOK is missing",
    ]
    assert error.missing == ("API_TOKEN", "HOOK")
    assert [key for key, _ in error.invalid] == ["DATABASE_URL", "PORT", "WORKERS"]
    assert not [each for each in held(error) if CANARY in repr(each)]
    assert error.exit_code == 2


def test_the_check_passes_where_all_is_well() -> None:
    with hc.config_overrides(GOOD):
        hc.check_config(Keys)
        assert hc.config_problems(Keys) == []


def test_what_is_asked_for_depends_on_the_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {}
    for mode in ("production", "development", "test"):
        hc.configure(mode=mode)
        asked[mode] = [problem.key for problem in hc.config_problems(Keys)]
    assert asked == {
        "production": ["API_TOKEN", "DATABASE_URL", "HOOK"],
        "development": ["API_TOKEN", "DATABASE_URL"],
        "test": [],
    }
    with hc.config_overrides({"PORT": "x"}):
        assert [str(problem) for problem in hc.config_problems(Keys)] == [
            "PORT must be a whole number"
        ]


def test_owner_and_purpose_of_what_is_missing_are_told() -> None:
    with hc.config_overrides({"API_TOKEN": "t", "HOOK": "https://h"}):
        (problem,) = hc.config_problems(Keys)
    assert str(problem) == "DATABASE_URL is missing (Where the orders are; owner: @acme/data)"


class Mail(hc.Service):
    host: str = hc.setting("MAIL_HOST", owner="@acme/mail")
    port: int = hc.setting("MAIL_PORT", default=25)


def test_service_classes_are_checked_beside_keys() -> None:
    with hc.config_overrides({**GOOD, "MAIL_PORT": "x"}):
        assert [str(problem) for problem in hc.config_problems(Keys, Mail)] == [
            "MAIL_HOST is missing (owner: @acme/mail)",
            "MAIL_PORT must be a whole number",
        ]
    hc.configure(mode="test")
    assert hc.config_problems(Mail) == []


def test_what_was_configured_is_checked() -> None:
    with pytest.raises(hc.ConfigError, match="nothing is declared; give it the class"):
        hc.check_config()
    hc.configure(keys=Keys, overrides=GOOD)
    hc.check_config()
    hc.configure(keys=Keys)
    with pytest.raises(hc.ConfigCheckError):
        hc.check_config()
    with pytest.raises(hc.ConfigError, match="keys: must be the class"):
        hc.configure(keys=["PORT"])  # type: ignore[arg-type]


def test_a_store_that_is_down_is_told_once_for_all_its_keys(prod: FakeEsc) -> None:
    hc.configure(esc=PROD, environment="fallback")
    prod.fault(status=401, times=99)
    with pytest.raises(hc.ConfigCheckError) as caught:
        hc.check_config(Keys)
    _, line = str(caught.value).splitlines()
    assert line.startswith("  API_TOKEN, DATABASE_URL, PORT, LEVEL, ")
    assert "cannot be looked up: Pulumi ESC" in line
    assert caught.value.exit_code == 3


def test_one_load_serves_the_check_and_the_program(prod: FakeEsc) -> None:
    hc.configure(esc=PROD, overrides=GOOD)
    hc.check_config(Keys)
    asked = len(prod.requests)
    assert keys.api_token.reveal() == "t"
    assert len(prod.requests) == asked


# Earlier names


def test_a_value_under_an_earlier_name_is_answered(caplog: pytest.LogCaptureFixture) -> None:
    with hc.config_overrides({**GOOD, "DATABASE_URL": None, "PG_URL": "postgresql://old"}):
        assert keys.database_url.reveal() == "postgresql://old"
        assert keys.database_url.reveal() == "postgresql://old"
        hc.check_config(Keys)
    assert [record.getMessage() for record in caplog.records] == [
        "DATABASE_URL is set as PG_URL, a deprecated name, until 2099-12-31: set it as DATABASE_URL"
    ]


def test_after_its_last_day_it_is_refused_and_never_passed_over() -> None:
    with hc.config_overrides({**GOOD, "DATABASE_URL": None, "OLD_URL": f"postgresql://{CANARY}"}):
        told = "is set as OLD_URL, a name that ended on 2026-06-30: set it as DATABASE_URL"
        with pytest.raises(hc.PolicyError, match=f"^DATABASE_URL: {told}$") as caught:
            keys.database_url  # noqa: B018
        assert not [each for each in held(caught.value) if CANARY in repr(each)]
        assert [str(each) for each in hc.config_problems(Keys)] == [f"DATABASE_URL {told}"]


def test_the_day_is_that_of_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    alias = Alias("PG_URL", date(2026, 6, 30))
    assert not alias.has_ended(date(2026, 6, 30))
    assert alias.has_ended(date(2026, 7, 1))
    assert aliases.today() is aliases.today()


@pytest.mark.parametrize("mode", ["production", "development"])
def test_all_names_answer_untyped_reads_once_keys_are_configured(
    mode: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PG_URL", "from-old")
    hc.configure(mode=mode)
    assert hc.get_config_value("DATABASE_URL") is None
    hc.configure(mode=mode, keys=Keys)
    for _ in range(3):
        assert hc.get_config_value("DATABASE_URL") == "from-old"
        assert hc.get_config_value("PG_URL", "x") == "from-old"
        assert hc.require_config_value("DATABASE_URL") == "from-old"
        assert hc.has_config_value("DATABASE_URL")
    assert [record.getMessage() for record in caplog.records] == [
        (
            "DATABASE_URL is set as PG_URL, a deprecated name, until 2099-12-31: "
            "set it as DATABASE_URL"
        ),
        "'PG_URL' is a deprecated name of 'DATABASE_URL' (until 2099-12-31): read 'DATABASE_URL'",
    ]
    counts = {
        (each["key"], each["source"], each["outcome"]): each["count"]
        for each in hc.audit_snapshot()
    }
    assert counts[("DATABASE_URL", "environment", "hit")] == 9
    # The name of today wins as soon as it is set.
    monkeypatch.setenv("DATABASE_URL", "from-new")
    hc.configure(mode=mode, keys=Keys)
    assert hc.get_config_value("DATABASE_URL") == hc.get_config_value("PG_URL") == "from-new"


@pytest.mark.parametrize("mode", ["production", "development"])
def test_an_untyped_read_of_an_ended_name_is_refused(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLD_URL", CANARY)
    hc.configure(mode=mode, keys=Keys)
    with pytest.raises(hc.PolicyError, match="is set as OLD_URL, a name that ended on 2026-06-30"):
        hc.get_config_value("DATABASE_URL", "default")
    with pytest.raises(hc.PolicyError, match="OLD_URL: ended as a name of DATABASE_URL on 2026"):
        hc.get_config_value("OLD_URL")
    assert keys.port == 8000


def test_overrides_count_under_every_name() -> None:
    hc.configure(keys=Keys)
    with hc.config_overrides({"PG_URL": "over"}):
        assert hc.get_config_value("DATABASE_URL") == "over"
        with hc.config_overrides({"DATABASE_URL": None}):
            assert hc.get_config_value("DATABASE_URL") is None
            assert hc.get_config_value("PG_URL") is None
    assert hc.get_config_value("DATABASE_URL") is None


def test_an_esc_value_under_its_own_name_stays_fast(prod: FakeEsc) -> None:
    class Ours(hc.ConfigKeys):
        token: hc.Typed[str] = hc.Typed("API_TOKEN", required=True, aliases={"OLD_TOKEN": None})

    hc.configure(esc=PROD, environment="fallback", keys=Ours)
    hc.get_config_value("API_TOKEN")
    from hushflake.config.reading import access

    assert access._cells["API_TOKEN"].value == "esc-token-value"
    assert hc.get_config_value("OLD_TOKEN") == "esc-token-value"


def test_the_table_can_be_looked_at() -> None:
    (found,) = [key for key in Keys.declared_keys() if key.name == "DATABASE_URL"]
    assert found == DeclaredKey(
        "DATABASE_URL", "url", True, None, True, "@acme/data", "Where the orders are", "", (),
        ("postgresql",), "",
        (Alias("PG_URL", date(2099, 12, 31)), Alias("OLD_URL", date(2026, 6, 30))),
    )  # fmt: skip
    assert isinstance(Keys.port, hc.Typed)


def bad(**arguments: Any) -> type[hc.ConfigKeys]:
    return type("Bad", (hc.ConfigKeys,), {"a": hc.Typed("A", **arguments)})


def test_a_declaration_that_cannot_be_used_is_the_programmers_mistake() -> None:
    with hc.config_overrides({"A": "1"}), pytest.raises(ValueError, match="must be one of str"):
        getattr(bad(kind="whole")(), "a")  # noqa: B009
