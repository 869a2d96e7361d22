"""A pydantic-settings source: existing `BaseSettings` classes read through the accessors.

    class Settings(ConfigSettings):
        model_config = SettingsConfigDict(env_prefix="APP_")
        api_key: SecretStr

Extra `pydantic`. Aliases, `env_prefix`, `env_nested_delimiter` and JSON in complex fields work as
with the environment source that it stands in for.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import Any

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)
from pydantic_settings.sources.utils import parse_env_vars

from .insight.describe import known_names
from .reading import access
from .reading.cells import ABSENT


class _Values(Mapping[str, str | None]):
    """What pydantic-settings takes for the environment: a key is read when it asks for it.

    Going over all of them, as it does for nested fields, reads only those that `nested` accepts:
    the audit trail must not say that every key was read.
    """

    def __init__(
        self,
        parsed: Callable[[Mapping[str, str]], Mapping[str, str | None]],
        fold: Callable[[str], str],
        nested: Callable[[str], bool],
    ) -> None:
        self._parsed = parsed
        self._nested = nested
        # The conventional spelling wins where two differ in case only.
        names = sorted(known_names(), key=str.isupper)
        self._spelled = {fold(name): name for name in names}
        self._folded = fold("A") != "A"

    def __getitem__(self, key: str) -> str | None:
        name = self._spelled.get(key, key.upper() if self._folded else key)
        value = access.read_from(_caller(), name, ABSENT)
        if value is ABSENT:
            raise KeyError(key)
        return self._parsed({key: value})[key]

    def __iter__(self) -> Iterator[str]:
        return filter(self._nested, self._spelled)

    def __len__(self) -> int:
        return len(list(iter(self)))


def _caller() -> FrameType:
    """Whoever makes the settings object: that is who reads, not pydantic."""
    frame = sys._getframe(2)
    while frame.f_back is not None:
        name = frame.f_globals.get("__name__", "")
        foreign = name.partition(".")[0] in {"pydantic", "pydantic_settings"}
        if not foreign and name not in {__name__, "collections.abc", "_collections_abc"}:
            break
        frame = frame.f_back
    return frame


class ConfigSource(EnvSettingsSource):
    """Reads fields through `hushflake.config`, under the names that the environment would have."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        fold: Callable[[str], str] = str if self.case_sensitive else str.lower
        delimiter = self.env_nested_delimiter
        begins = tuple(
            fold(name) + fold(delimiter)
            for field_name, field in self.settings_cls.model_fields.items()
            for _, name, _ in self._extract_field_info(field, field_name)
            if delimiter
        )
        return _Values(
            lambda found: parse_env_vars(
                found, self.case_sensitive, self.env_ignore_empty, self.env_parse_none_str
            ),
            fold,
            lambda name: name.startswith(begins),
        )


# Errors whose message may quote the value: a validator's own words, and a tag of the value.
_QUOTING = frozenset({"value_error", "assertion_error", "union_tag_invalid"})
_MASK = "**********"


class ConfigSettings(BaseSettings):
    """`BaseSettings` whose environment and .env sources are ours; the others stay.

    Validation errors hold no input: pydantic would print the whole map, secrets included, and
    hand it out through `errors()` and `json()`.
    """

    model_config = SettingsConfigDict(hide_input_in_errors=True)

    def __init__(__pydantic_self__, **values: Any) -> None:  # noqa: N805 - a field may be `self`
        failure: ValidationError | SettingsError
        try:
            super().__init__(**values)
        except ValidationError as error:
            failure = _without_input(error)
        except SettingsError as error:
            # It names the field; its cause holds the text that is no JSON.
            failure = SettingsError(str(error))
        else:
            return
        raise failure

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put ours in the place of the environment's and the .env file's."""
        del env_settings, dotenv_settings
        return init_settings, ConfigSource(settings_cls), file_secret_settings


def _without_input(error: ValidationError) -> ValidationError:
    """The same complaints at the same places, without what was complained about."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    details = [
        InitErrorDetails(
            type=PydanticCustomError(
                item["type"],
                "a validator refuses it" if item["type"] in _QUOTING else item["msg"],
            ),
            loc=item["loc"],
            input=_MASK,
        )
        for item in found
    ]
    return ValidationError.from_exception_data(error.title, details, hide_input=True)
