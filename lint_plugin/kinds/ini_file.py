"""INI and CFG, as `configparser` reads them."""

from ._configuration import Configuration


class Ini(Configuration):
    name = "ini"
    suffixes = (".ini", ".cfg", ".ini.example", ".cfg.example", ".cnf")
    names = (".pypirc", "pip.conf", "supervisord.conf", "odoo.conf")
    form = "ini"
