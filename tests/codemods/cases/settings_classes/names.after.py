from hushflake.config.pydantic import ConfigSettings as pydantic_ConfigSettings
from pydantic_settings import BaseSettings as Base, SettingsConfigDict

ConfigSettings = "taken"


class Mixin:
    pass


class One(Mixin, pydantic_ConfigSettings):
    a: str


class Two(pydantic_ConfigSettings):
    b: str


class Three(pydantic_ConfigSettings):
    c: str


def describe(settings: Base) -> str:
    return type(settings).__name__
