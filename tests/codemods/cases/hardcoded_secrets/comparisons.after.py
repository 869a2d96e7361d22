from hushflake.config import require_config_value


def check(password, user):
    if password == require_config_value("CHECK_PASSWORD"):
        return True
    if require_config_value("CHECK_PASSWORD") != user.password:
        return False
    return require_config_value("CHECK_PASSWORD")if user else None
