import argparse

connect("db", password="hunter2x")
connect("cache", password=r"hunter2x")


def connect(host, db_password="hunter3x", *, ldap_password='hunter4x'):
    return lambda smtp_password="hunter5x": smtp_password


parser = argparse.ArgumentParser()
parser.add_argument("--imap-password", default="hunter6x", help="the password")
options = {"host": "db", "password": "hunter7x"}
options["vnc_password"] = "hunter8x"
options.setdefault("rdp_password", "hunter9x")
login = get(url, auth=("app", "hunter10x"))


class Client(Base, sip_password="hunter11x"):
    pass
