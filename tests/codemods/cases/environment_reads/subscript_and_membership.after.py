from hushflake.config import has_config_value, require_config_value

A = require_config_value("A")
B = require_config_value( "B" ).lower()
if has_config_value("C") and not has_config_value("D"):
    print(not has_config_value("E"))
F = [key for key in ("X", "Y") if not has_config_value(key)]
G = (
    has_config_value("G"  # why
    )
)
H = require_config_value(
    # the key
    "H"
)
