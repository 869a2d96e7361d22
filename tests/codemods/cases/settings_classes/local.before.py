def make():
    from pydantic_settings import BaseSettings

    class Settings(BaseSettings):
        a: str

    return Settings()
