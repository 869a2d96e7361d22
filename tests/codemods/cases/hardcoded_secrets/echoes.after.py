from hushflake.config import require_config_value

DB_PASSWORD = require_config_value("DB_PASSWORD")
print(require_config_value("DB_PASSWORD"), require_config_value('DB_PASSWORD'), require_config_value("DB_PASSWORD").encode())
print(f"the password is {require_config_value('DB_PASSWORD')}!", f"or {DB_PASSWORD} is {require_config_value('DB_PASSWORD')}")
# hunter2x
KEPT_PASSWORD = "hunter2x"  # hushflake: ignore[HSF301] printed on every box
print(f"{x}{require_config_value('DB_PASSWORD')}", f"{x} {require_config_value('DB_PASSWORD')}")
print("xhunter2x", "hunter2xx")


def connect():
    """Connects with hunter2x."""
    return {require_config_value("DB_PASSWORD"): 1}
