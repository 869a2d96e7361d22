from hushflake.config import get_config_value


def run(code):
    names = {}
    exec(code, names)
    return names, eval("1 + x", {"x": get_config_value("A")})
