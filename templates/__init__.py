"""Jinja templates that spell what the schema has decided."""

from .engine import TemplateError, Templates

__all__ = ["TemplateError", "Templates"]
