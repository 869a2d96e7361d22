"""Files that hold keys as text, in PEM or as OpenSSH has them."""

from ._configuration import Configuration


class Keys(Configuration):
    name = "keys"
    suffixes = (".pem", ".key", ".ppk")
    names = ("id_rsa", "id_dsa", "id_ecdsa", "id_ed25519")
