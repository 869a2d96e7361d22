"""Service classes and the pydantic-settings source: typed, complete, and silent about values."""

import dataclasses
import enum
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult
from uuid import UUID

import pytest
from fake_esc import FakeEsc
from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import SettingsConfigDict, SettingsError

import hushflake.config as hc
from hushflake.config.declared import aliases
from hushflake.config.fields.examples import SHIPPED
from hushflake.config.fields.known import known_services
from hushflake.config.pydantic import ConfigSettings

CANARY = "canary-value-1"


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Shop(hc.Service):
    prefix = "SHOP_"

    name: str
    token: hc.Secret
    port: int = 8000
    ratio: float = 0.5
    debug: bool = False
    wait: timedelta = timedelta(seconds=1)
    folder: Path = Path()
    colour: Colour = Colour.RED
    level: Literal["low", "high"] = "low"
    tags: list[str] = hc.setting(default_factory=list)
    ports: tuple[int, ...] = ()
    other: int | None = hc.setting("OTHER_NUMBER", default=None)


GOOD = {
    "SHOP_NAME": "",
    "SHOP_TOKEN": CANARY,
    "SHOP_PORT": "1",
    "SHOP_RATIO": "2.5",
    "SHOP_DEBUG": "Yes",
    "SHOP_WAIT": "30",
    "SHOP_FOLDER": "/data",
    "SHOP_COLOUR": "BLUE",
    "SHOP_LEVEL": "high",
    "SHOP_TAGS": "a, b,,c",
    "SHOP_PORTS": "1,2",
    "OTHER_NUMBER": "7",
}


def test_every_type() -> None:
    with hc.config_overrides(GOOD):
        shop = Shop.load()
    assert shop == Shop(
        name="",
        token=hc.Secret(CANARY),
        port=1,
        ratio=2.5,
        debug=True,
        wait=timedelta(seconds=30),
        folder=Path("/data"),
        colour=Colour.BLUE,
        level="high",
        tags=["a", "b", "c"],
        ports=(1, 2),
        other=7,
    )
    assert CANARY not in repr(shop)
    with pytest.raises(AttributeError):
        shop.port = 2  # type: ignore[misc]


def test_defaults_are_taken_as_they_are() -> None:
    with hc.config_overrides({"SHOP_NAME": "n", "SHOP_TOKEN": "t"}):
        shop = Shop.load()
    assert (shop.port, shop.tags, shop.other, shop.colour) == (8000, [], None, Colour.RED)


def test_everything_wrong_is_told_at_once_and_no_value() -> None:
    wrong = {"SHOP_PORT": CANARY, "SHOP_DEBUG": CANARY, "SHOP_LEVEL": CANARY, "SHOP_WAIT": CANARY}
    wrong |= {"SHOP_COLOUR": CANARY, "SHOP_PORTS": f"1,{CANARY}", "SHOP_RATIO": CANARY}
    with hc.config_overrides(wrong), pytest.raises(hc.ServiceError) as caught:
        Shop.load()
    error = caught.value
    assert error.missing == ("SHOP_NAME", "SHOP_TOKEN")
    assert {key for key, _ in error.invalid} == set(wrong)
    assert "missing: SHOP_NAME, SHOP_TOKEN" in str(error)
    assert "SHOP_PORT must be a whole number" in str(error)
    assert "SHOP_LEVEL must be one of low, high" in str(error)
    assert CANARY not in str(error) + repr(error)
    assert error.__cause__ is None


def test_subclasses_add_and_change_fields() -> None:
    class Team(hc.AIConfig):
        openai_api_key: hc.Secret | None = None  # type: ignore[assignment]
        ai_model: str = "small"
        mistral_api_key: hc.Secret = hc.setting("MISTRAL_KEY")

    with hc.config_overrides({"MISTRAL_KEY": CANARY}):
        team = Team.load()
    assert team.mistral_api_key.reveal() == CANARY
    assert (team.ai_model, team.openai_api_key, team.ai_timeout_seconds) == ("small", None, 60.0)


def test_an_unknown_type_is_the_programmers_mistake() -> None:
    class Odd(hc.Service):
        a: dict[str, str]
        b: int | str

    for key in ("A", "B"):
        with hc.config_overrides({"A": "1", "B": "1", key: "x"}), pytest.raises(TypeError):
            Odd.load()


def test_the_shipped_classes() -> None:
    assert [service.__name__ for service in SHIPPED] == [
        "AIConfig",
        "DataConfig",
        "BusinessConfig",
        "InfrastructureConfig",
    ]
    with hc.config_overrides({"OPENAI_API_KEY": CANARY, "SNOWFLAKE_USER": "u"}):
        assert hc.AIConfig.load().openai_api_key.reveal() == CANARY
        with pytest.raises(hc.ServiceError, match=r"DataConfig: missing: SNOWFLAKE_ACCOUNT$"):
            hc.DataConfig.load()
        hc.BusinessConfig.load()
        hc.InfrastructureConfig.load()


def test_reads_of_a_service_are_counted_where_it_is_loaded(prod: FakeEsc) -> None:
    hc.configure(esc="acme/shop/prod", overrides={"SHOP_NAME": "n", "SHOP_TOKEN": "t"})
    Shop.load()
    callers = {record["code.function.name"] for record in hc.audit_snapshot()}
    assert callers == {"test_reads_of_a_service_are_counted_where_it_is_loaded"}


def test_installed_packages_add_services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "team_services.py").write_text(
        "from hushflake.config import Service\nclass Team(Service):\n    a: str\nnot_one = 1\n"
    )
    info = tmp_path / "team_services-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: team-services\nVersion: 1.0\n")
    entry = info / "entry_points.txt"
    entry.write_text("[hushflake.services]\nTeam = team_services:Team\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert list(known_services())[-1] == "Team"
    entry.write_text("[hushflake.services]\nTeam = team_services:not_one\n")
    with pytest.raises(hc.ConfigError, match="is none"):
        known_services()


class Nested(BaseModel):
    size: int = 1
    key: SecretStr = SecretStr("")


class Existing(ConfigSettings):
    model_config = SettingsConfigDict(env_prefix="APP_", env_nested_delimiter="__")

    api_token: SecretStr = Field(alias="API_TOKEN")
    workers: int = 1
    hosts: tuple[str, ...] = ()
    db: Nested = Nested()


def test_pydantic_settings_read_through_us(prod: FakeEsc) -> None:
    hc.configure(
        esc="acme/shop/prod",
        overrides={"APP_WORKERS": "3", "APP_HOSTS": '["a","b"]', "app_db__key": CANARY},
    )
    found = Existing()  # type: ignore[call-arg]
    assert found.api_token.get_secret_value() == "esc-token-value"
    assert (found.workers, found.hosts, found.db.key.get_secret_value()) == (3, ("a", "b"), CANARY)
    read = {(record["key"], record["source"]) for record in hc.audit_snapshot()}
    assert ("API_TOKEN", "esc") in read
    assert ("APP_WORKERS", "override") in read
    assert {key for key, _ in read} <= {
        "API_TOKEN",
        "APP_WORKERS",
        "APP_HOSTS",
        "APP_DB",
        "app_db__key",
    }
    assert {record["code.function.name"] for record in hc.audit_snapshot()} == {
        "test_pydantic_settings_read_through_us"
    }


def test_pydantic_settings_unconfigured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", "t")
    monkeypatch.setenv("app_workers", "4")
    with hc.config_overrides({"APP_DB__SIZE": "9"}):
        found = Existing()  # type: ignore[call-arg]
    assert (found.workers, found.db.size) == (4, 9)
    assert Existing(API_TOKEN=SecretStr("given"), workers=8).workers == 8


def test_pydantic_errors_hide_their_input() -> None:
    values: dict[str, Any] = {"API_TOKEN": CANARY, "APP_WORKERS": CANARY}
    with hc.config_overrides(values), pytest.raises(ValidationError) as caught:
        Existing()  # type: ignore[call-arg]
    assert CANARY not in str(caught.value)
    assert "workers" in str(caught.value)


class Checked(ConfigSettings):
    token: int = Field(alias="CHECKED_TOKEN")
    word: str = Field(alias="CHECKED_WORD")
    hosts: list[int] = Field(default=[], alias="CHECKED_HOSTS")

    @field_validator("word")
    @classmethod
    def _refuse(cls, word: str) -> str:
        raise ValueError(f"not {word}")


@pytest.mark.parametrize(
    "values",
    [
        {"CHECKED_TOKEN": CANARY, "CHECKED_WORD": CANARY},
        {"CHECKED_TOKEN": "1", "CHECKED_WORD": CANARY},
        {"CHECKED_TOKEN": "1", "CHECKED_WORD": "x", "CHECKED_HOSTS": CANARY},
        {"CHECKED_WORD": CANARY},
    ],
    ids=["number", "validator", "no json", "missing"],
)
def test_no_form_of_a_settings_error_holds_a_value(values: dict[str, str]) -> None:
    with (
        hc.config_overrides(values),
        pytest.raises((ValidationError, SettingsError)) as caught,
    ):
        Checked()
    error = caught.value
    shown = [str(error), repr(error), repr(error.__cause__), repr(error.__context__)]
    assert error.__cause__ is None
    assert error.__context__ is None
    if isinstance(error, ValidationError):
        shown += [repr(error.errors()), error.json()]
        assert {item["loc"][0] for item in error.errors()} <= {"CHECKED_TOKEN", "CHECKED_WORD"}
    else:
        assert "hosts" in str(error)
    assert not [text for text in shown if CANARY in text]


@dataclasses.dataclass(frozen=True)
class Endpoint:
    host: str
    port: int = 443


class Wide(hc.Service):
    price: Decimal = Decimal(1)
    day: date | None = None
    moment: datetime | None = None
    number: UUID | None = None
    address: SplitResult | None = None
    pair: tuple[int, str] | None = None
    names: list[str] = hc.setting(default_factory=list)
    limits: dict[str, int] = hc.setting(default_factory=dict)
    endpoints: list[Endpoint] = hc.setting(default_factory=list)
    level: Literal["DEBUG", "INFO", "info"] = "INFO"
    many: int | None = 3


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("PRICE", "1.10", Decimal("1.10")),
        ("DAY", "2026-11-30", date(2026, 11, 30)),
        ("DAY", "", None),
        ("MOMENT", "2026-11-30T12:00:00+00:00", datetime(2026, 11, 30, 12, tzinfo=UTC)),
        ("NUMBER", "12345678-1234-5678-1234-567812345678", UUID("12345678" * 4)),
        ("ADDRESS", "https://host:1/path", SplitResult("https", "host:1", "/path", "", "")),
        ("PAIR", "1, b", (1, "b")),
        ("PAIR", '[1, "b"]', (1, "b")),
        ("NAMES", '["a,b", "c"]', ["a,b", "c"]),
        ("NAMES", "a, b", ["a", "b"]),
        ("LIMITS", '{"a": 1, "b": "2"}', {"a": 1, "b": 2}),
        ("ENDPOINTS", '[{"host": "a"}]', [Endpoint("a")]),
        ("LEVEL", "debug", "DEBUG"),
        ("LEVEL", "info", "info"),
        ("MANY", " ", None),
        ("MANY", "4", 4),
    ],
)
def test_wider_types(key: str, text: str, value: Any) -> None:
    with hc.config_overrides({key: text}):
        assert getattr(Wide.load(), key.lower()) == value


@pytest.mark.parametrize(
    ("key", "text", "reason"),
    [
        ("PRICE", CANARY, "a decimal number"),
        ("DAY", CANARY, "a date, YYYY-MM-DD"),
        ("NUMBER", CANARY, "a UUID"),
        ("ADDRESS", CANARY, "a URL with its scheme"),
        ("ADDRESS", f"https://host:{CANARY}", "a URL"),
        ("PAIR", f"1,2,{CANARY}", "hold 2 values"),
        ("PAIR", f'[1, {{"a": "{CANARY}"}}]', "hold plain values here"),
        ("NAMES", f'["{CANARY}"', "a JSON array, or values with commas"),
        ("NAMES", "[" * 100_000, "JSON of fewer values"),
        ("LIMITS", f'["{CANARY}"]', "a JSON object"),
        ("LIMITS", f'{{"a": "{CANARY}"}}', "a whole number"),
        ("ENDPOINTS", f'[{{"{CANARY}": 1}}]', "hold only host, port"),
        ("ENDPOINTS", '[{"port": 1}]', "must hold host"),
        ("LEVEL", "Info", "one of DEBUG, INFO, info"),
    ],
)
def test_what_is_wrong_with_wider_types_is_told_without_the_value(
    key: str, text: str, reason: str
) -> None:
    with hc.config_overrides({key: text}), pytest.raises(hc.ServiceError, match=reason) as caught:
        Wide.load()
    assert CANARY not in str(caught.value)
    assert caught.value.__context__ is None


class Database(hc.Service):
    prefix = "DB_"

    host: str
    port: int = 5432


class Cache(hc.Service):
    prefix = "CACHE_"

    url: Annotated[hc.Secret, hc.Url("redis")]
    ttl: timedelta = timedelta(minutes=5)


class Application(hc.Service):
    """Sections: each reads the keys of its own class."""

    name: str = hc.setting("APP_NAME", default="shop", description="Shown in the title")
    db: Database
    cache: Cache | None
    spare: Database | None = None


def test_a_section_reads_the_keys_of_its_class() -> None:
    assert [field.key for field in Application.fields()][:3] == ["APP_NAME", "DB_HOST", "DB_PORT"]
    with hc.config_overrides({"DB_HOST": "h"}):
        found = Application.load()
    assert (found.db, found.cache, found.spare) == (Database(host="h"), None, Database(host="h"))
    with hc.config_overrides({"CACHE_TTL": CANARY}), pytest.raises(hc.ServiceError) as caught:
        Application.load()
    assert caught.value.missing == ("DB_HOST", "CACHE_URL")
    assert [key for key, _ in caught.value.invalid] == ["CACHE_TTL"]


class Loop(hc.Service):
    inner: "Loop | None" = None


def test_a_class_cannot_hold_itself() -> None:
    with pytest.raises(TypeError, match="Loop: a service class cannot hold itself"):
        Loop.load()


def test_an_annotated_rule_may_be_a_secret() -> None:
    (url, _) = Cache.fields()
    assert url.secret
    with hc.config_overrides({"CACHE_URL": "redis://" + CANARY}):
        assert Cache.load().url.reveal() == "redis://" + CANARY
    with (
        hc.config_overrides({"CACHE_URL": "http://" + CANARY}),
        pytest.raises(hc.ServiceError, match=r"CACHE_URL must be a URL, redis://…"),
    ):
        Cache.load()


class Mail(hc.Service):
    host: str = hc.setting(
        "MAIL_HOST",
        default="localhost",
        required=["production"],
        owner="@acme/mail",
        aliases={"SMTP_HOST": "2026-06-30", "SMTP_SERVER": date(2099, 1, 1), "SMTP": None},
    )


def test_a_value_that_is_required_in_some_modes(monkeypatch: pytest.MonkeyPatch) -> None:
    hc.configure(mode="development")
    assert Mail.load().host == "localhost"
    for mode in ("", "production"):
        hc.unconfigure()
        monkeypatch.setenv("HUSHFLAKE_MODE", mode)
        with pytest.raises(hc.ServiceError, match="missing: MAIL_HOST"):
            Mail.load()


def test_an_earlier_name_is_answered_until_its_last_day(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aliases, "_noted", set())
    with hc.config_overrides({"SMTP_SERVER": CANARY}):
        assert Mail.load().host == Mail.load().host == CANARY
    assert [record.getMessage() for record in caplog.records] == [
        "MAIL_HOST is set as SMTP_SERVER, a deprecated name, until 2099-01-01: set it as MAIL_HOST"
    ]
    with hc.config_overrides({"SMTP_SERVER": "new", "MAIL_HOST": "newest"}):
        assert Mail.load().host == "newest"
    with hc.config_overrides({"SMTP_HOST": CANARY}), pytest.raises(hc.ServiceError) as caught:
        Mail.load()
    assert str(caught.value) == (
        "Mail: MAIL_HOST is set as SMTP_HOST, a name that ended on 2026-06-30: set it as MAIL_HOST"
    )
    # One that still counts is enough.
    with hc.config_overrides({"SMTP_HOST": "old", "SMTP": "mail"}):
        assert Mail.load().host == "mail"


class Guarded(hc.Service):
    token: hc.Secret
    limit: int = 1

    def __post_init__(self) -> None:
        if self.limit == 2:
            raise ValueError(f"not {self.token.reveal()}")
        if self.limit == 3:
            raise AttributeError(self.token.reveal() * 0)


def held(error: BaseException) -> Iterator[object]:
    """Everything that can be reached from an error: causes, attributes, variables of frames."""
    seen: list[BaseException] = []
    while error not in seen:
        seen.append(error)
        yield from (error.args, vars(error), str(error), repr(error))
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename != __file__:
                yield trace.tb_frame.f_locals
            trace = trace.tb_next
        error = error.__cause__ or error.__context__ or error


@pytest.mark.parametrize(
    ("values", "raised"),
    [
        ({"TOKEN": CANARY, "LIMIT": CANARY}, hc.ServiceError),
        ({"LIMIT": CANARY}, hc.ServiceError),
        ({"TOKEN": CANARY, "LIMIT": "2"}, hc.ServiceError),
        ({"TOKEN": CANARY, "LIMIT": "3"}, AttributeError),
    ],
    ids=["invalid", "missing", "refused by its own check", "broken"],
)
def test_nothing_of_an_error_holds_a_value(values: dict[str, str], raised: type) -> None:
    with hc.config_overrides(values), pytest.raises(raised) as caught:
        Guarded.load()
    assert not [each for each in held(caught.value) if CANARY in repr(each)]
    assert not any(isinstance(v, hc.Secret) for each in held(caught.value)
                   if isinstance(each, dict) for v in each.values())  # fmt: skip


def test_nor_does_one_of_a_key_that_is_refused_after_another_was_read(
    prod: FakeEsc, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Two(hc.Service):
        api_token: str
        never: str

    monkeypatch.setenv("NEVER", "x")
    hc.configure(esc="acme/shop/prod", environment="deny")
    with pytest.raises(hc.PolicyError, match="NEVER: only the process environment") as caught:
        Two.load()
    assert not [each for each in held(caught.value) if "esc-token-value" in repr(each)]


def test_a_check_of_its_own_is_told_with_its_place() -> None:
    with (
        hc.config_overrides({"TOKEN": "x", "LIMIT": "2"}),
        pytest.raises(hc.ServiceError) as caught,
    ):
        Guarded.load()
    assert f"Guarded is refused by a check of its own ({__file__}:" in str(caught.value)
