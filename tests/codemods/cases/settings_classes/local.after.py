from hushflake.config.pydantic import ConfigSettings


def make():
    class Settings(ConfigSettings):
        a: str

    return Settings()
