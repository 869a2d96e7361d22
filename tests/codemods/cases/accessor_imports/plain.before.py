import sys

from hushflake.config import get_config_value
from hushflake.config import (
    has_config_value as has,  # asked first
    require_config_value,
)
from hushflake.config import Secret, get_config_value as get
from hushflake.config.services import Service
import hushflake.config


def late():
    from hushflake.config import get_config_value

    return get_config_value("A")
