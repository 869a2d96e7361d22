from pydantic_settings import BaseSettings, SettingsConfigDict


class One(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", env_prefix="ONE_")
    a: str


class Two(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="TWO_",
        env_file=(".env", ".env.local"),
        env_file_encoding="utf-8",
    )
    a: str


class Three(BaseSettings):
    model_config = SettingsConfigDict(
        env_file=".env",
    )
    a: str


class Four(BaseSettings):
    model_config = {"extra": "ignore", "env_file": ".env", "env_prefix": "FOUR_"}
    a: str


class Five(BaseSettings):
    a: str

    class Config:
        env_file = ".env"


class Six(One):
    model_config = SettingsConfigDict(extra="ignore", env_file=".env.six")
    b: str
