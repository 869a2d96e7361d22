#!/usr/bin/env python
# -*- coding: utf-8 -*-
# Licence.
"""Doc."""

from __future__ import annotations
import os

if os.getenv("A"):
    print(os.sep)
