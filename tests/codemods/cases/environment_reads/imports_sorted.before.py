"""Doc."""
from __future__ import annotations

import json
import os

import attrs
from requests import get

from .local import x

A = os.getenv("A")
