from urllib.parse import quote as parse_quote, urlsplit

from hushflake.config import get_config_value, require_config_value

HOST = get_config_value("HOST")
PARTS = urlsplit(f"ftp://app:{parse_quote(require_config_value('URLSPLIT_PASSWORD'), safe='')}@host")


def quote():
    return f"ftp://app:{parse_quote(require_config_value('QUOTE_PASSWORD'), safe='')}@other"
