import pydantic_settings
import pydantic_settings as ps
from pydantic_settings import BaseSettings as Base, SettingsConfigDict

ConfigSettings = "taken"


class Mixin:
    pass


class One(Mixin, Base):
    a: str


class Two(pydantic_settings.BaseSettings):
    b: str


class Three(ps.BaseSettings):
    c: str


def describe(settings: Base) -> str:
    return type(settings).__name__
