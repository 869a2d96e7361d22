import os
from os import environ

import hushflake.config as settings

DB_PASSWORD = os.getenv("DB_PASSWORD", "hunter2x")
SECRET_KEY = environ.get("SECRET_KEY", default='dev-secret-1')
MAIL_PASSWORD = os.environ.get("MAIL_PASSWORD") or "hunter3x"
os.environ.setdefault("SMTP_PASSWORD", "hunter4x")
FTP_PASSWORD = settings.get_config_value("FTP_PASSWORD", "hunter5x")
MODE = os.getenv("MODE", "live")
SAME = os.getenv("LDAP_PASSWORD", "hunter6x")
OTHER = os.getenv("LDAP_PASSWORD", "hunter7x")
PATHS_PASSWORD = os.getenv("PIP_PASSWORD", "hunter8x")
NOTED = os.getenv(
    "SIP_PASSWORD",  # of the phone
    "hunter9x",
)
