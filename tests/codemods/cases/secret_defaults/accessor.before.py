from hushflake.config import get_config_value

PASSWORD = get_config_value("DB_PASSWORD", "hunter2")
