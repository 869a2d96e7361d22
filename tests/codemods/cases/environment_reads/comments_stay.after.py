import os

from hushflake.config import get_config_value, has_config_value, require_config_value

A = get_config_value(  # one
    "A",  # two
    # three
    default="x",  # four
)  # five
B = (
    os  # six
    .environ["B"]
)
C = (
    require_config_value(  # seven
        "C"  # eight
    )
)
D = has_config_value("D")  # noqa: X100
