import os
import sys

from hushflake.config import require_config_value

EARLY_PASSWORD = require_config_value("EARLY_PASSWORD")
sys.path.insert(0, "vendor")
import vendored

LATE_PASSWORD = require_config_value("LATE_PASSWORD")
