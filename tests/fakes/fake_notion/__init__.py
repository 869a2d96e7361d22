"""A stateful stand-in for Notion's API, version 2026-03-11, on the loopback interface.

`Workspace` holds data sources and pages and is edited by tests as people would; `FakeNotion` serves
it over HTTP, with misbehaviour on request. Shapes are held against `shapes.py`.
"""

from .server import FakeNotion, Fault
from .store import Workspace

__all__ = ["FakeNotion", "Fault", "Workspace"]
