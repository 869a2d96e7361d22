import os
import sys

EARLY_PASSWORD = "hunter2x"
sys.path.insert(0, "vendor")
import vendored

LATE_PASSWORD = "hunter3x"
