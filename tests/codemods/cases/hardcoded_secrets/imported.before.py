from urllib.parse import urlsplit

from hushflake.config import get_config_value

HOST = get_config_value("HOST")
PARTS = urlsplit("ftp://app:hunter2x@host")


def quote():
    return "ftp://app:hunter3x@other"
