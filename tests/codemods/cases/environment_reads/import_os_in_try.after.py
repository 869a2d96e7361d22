from hushflake.config import get_config_value

try:
    import os
except ImportError:
    raise SystemExit from None
if True:
    import os as o

A = get_config_value("A") or get_config_value("B")
