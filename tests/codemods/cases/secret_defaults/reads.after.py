import os

from hushflake.config import require_config_value

PASSWORD = require_config_value("DB_PASSWORD")
TOKEN = require_config_value(key="API_TOKEN")
EMPTY = os.getenv("DB_PASSWORD", "")
NONE = os.getenv("DB_PASSWORD", None)
COMPUTED = os.getenv("DB_PASSWORD", PASSWORD)
HOST = os.getenv("DB_HOST", "localhost")
KIND = os.getenv("TOKEN_TYPE", "bearer")
