"""Settings."""

from hushflake.config.pydantic import ConfigSettings
from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict


class Settings(ConfigSettings):
    """What the application is told."""

    model_config = SettingsConfigDict(env_prefix="APP_")

    url: str
    token: SecretStr


settings = Settings()
