"""Doc."""
from __future__ import annotations

import json

import attrs
from hushflake.config import get_config_value
from requests import get

from .local import x

A = get_config_value("A")
