#!/usr/bin/env python
# -*- coding: utf-8 -*-
# Licence.
"""Doc."""

from __future__ import annotations
import os

from hushflake.config import get_config_value

if get_config_value("A"):
    print(os.sep)
