"""Loaded stacks for the tests of this folder."""

from knowledge_stacks import (
    applied_home,
    base,
    home,
    loaded_home,
    project,
)

__all__ = [
    "applied_home",
    "base",
    "home",
    "loaded_home",
    "project",
]
