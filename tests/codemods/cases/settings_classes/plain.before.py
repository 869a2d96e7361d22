"""Settings."""

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What the application is told."""

    model_config = SettingsConfigDict(env_prefix="APP_")

    url: str
    token: SecretStr


settings = Settings()
