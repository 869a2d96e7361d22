from hushflake.config import get_config_value, require_config_value

A = get_config_value("A")
B = get_config_value("B")
C = get_config_value("C")


def application(environ, start_response):
    return environ["PATH_INFO"], environ.get("HTTP_X")


def shadowed(o):
    return o.getenv("NO")


def local():
    return require_config_value("LOCAL")
