import pydantic
from pydantic_settings import BaseSettings, SettingsConfigDict


class Chooses(BaseSettings):
    a: str

    @classmethod
    def settings_customise_sources(cls, settings_cls, init_settings, env_settings, **others):
        return init_settings, env_settings


class First(pydantic.BaseSettings):
    a: str


class InHead(BaseSettings, env_file=".env"):
    a: str


class Remarked(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="X_",
        # Beside the compose file.
        env_file=".env",
    )
    a: str
