"""Service classes as examples: copy them with `hushflake config init --services`, or subclass."""

from typing import Literal

from ..secret import Secret
from .services import Service


class AIConfig(Service):
    """Language models."""

    openai_api_key: Secret
    anthropic_api_key: Secret | None = None
    openai_base_url: str | None = None
    ai_model: str | None = None
    ai_timeout_seconds: float = 60.0


class DataConfig(Service):
    """Snowflake."""

    snowflake_account: str
    snowflake_user: str
    snowflake_password: Secret | None = None
    snowflake_private_key: Secret | None = None
    snowflake_role: str | None = None
    snowflake_warehouse: str | None = None
    snowflake_database: str | None = None
    snowflake_schema: str | None = None


class BusinessConfig(Service):
    """The systems that knowledge about customers comes from."""

    hubspot_access_token: Secret | None = None
    gong_access_key: Secret | None = None
    gong_access_key_secret: Secret | None = None
    slack_bot_token: Secret | None = None
    notion_api_key: Secret | None = None


class InfrastructureConfig(Service):
    """Where and how the service itself runs."""

    environment: str = "production"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    database_url: Secret | None = None
    redis_url: Secret | None = None
    pulumi_access_token: Secret | None = None
    port: int = 8000


SHIPPED: tuple[type[Service], ...] = (AIConfig, DataConfig, BusinessConfig, InfrastructureConfig)
