"""Texts as typed fields."""
