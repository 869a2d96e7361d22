import argparse

from hushflake.config import require_config_value

connect("db", password=require_config_value("PASSWORD"))
connect("cache", password=require_config_value("PASSWORD"))


def connect(host, db_password=require_config_value("DB_PASSWORD"), *, ldap_password=require_config_value('LDAP_PASSWORD')):
    return lambda smtp_password=require_config_value("SMTP_PASSWORD"): smtp_password


parser = argparse.ArgumentParser()
parser.add_argument("--imap-password", default="hunter6x", help="the password")
options = {"host": "db", "password": require_config_value("OPTIONS_PASSWORD")}
options["vnc_password"] = require_config_value("VNC_PASSWORD")
options.setdefault("rdp_password", require_config_value("RDP_PASSWORD"))
login = get(url, auth=("app", require_config_value("LOGIN_PASSWORD")))


class Client(Base, sip_password=require_config_value("SIP_PASSWORD")):
    pass
