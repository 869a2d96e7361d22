"""TOML."""

from ._configuration import Configuration


class Toml(Configuration):
    name = "toml"
    suffixes = (".toml", ".toml.example")
    form = "toml"
