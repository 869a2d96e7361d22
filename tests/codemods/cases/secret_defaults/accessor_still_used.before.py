from hushflake.config import get_config_value

HOST = get_config_value("DB_HOST", "localhost")
PASSWORD = get_config_value("DB_PASSWORD", "hunter2").strip()
