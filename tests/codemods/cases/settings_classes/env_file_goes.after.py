from hushflake.config.pydantic import ConfigSettings
from pydantic_settings import SettingsConfigDict


class One(ConfigSettings):
    model_config = SettingsConfigDict(env_prefix="ONE_")
    a: str


class Two(ConfigSettings):
    model_config = SettingsConfigDict(
        env_prefix="TWO_",
    )
    a: str


class Three(ConfigSettings):
    model_config = SettingsConfigDict(
        
    )
    a: str


class Four(ConfigSettings):
    model_config = {"extra": "ignore", "env_prefix": "FOUR_"}
    a: str


class Five(ConfigSettings):
    a: str

    class Config:
        pass


class Six(One):
    model_config = SettingsConfigDict(extra="ignore")
    b: str
