"""Loaded stacks for the tests of this folder."""

from knowledge_stacks import (
    applied_home,
    base,
    home,
    loaded_home,
    project,
)
from mcp_clients import url

__all__ = [
    "applied_home",
    "base",
    "home",
    "loaded_home",
    "project",
    "url",
]
