"""Properties of Java, and `.npmrc`."""

from ._configuration import Configuration


class Properties(Configuration):
    name = "properties"
    suffixes = (".properties",)
    names = (".npmrc", ".yarnrc")
    form = "properties"
