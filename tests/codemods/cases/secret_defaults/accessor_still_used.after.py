from hushflake.config import get_config_value, require_config_value

HOST = get_config_value("DB_HOST", "localhost")
PASSWORD = require_config_value("DB_PASSWORD").strip()
