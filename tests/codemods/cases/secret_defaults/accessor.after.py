from hushflake.config import require_config_value

PASSWORD = require_config_value("DB_PASSWORD")
