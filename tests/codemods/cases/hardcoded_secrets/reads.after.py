import os

import hushflake.config as settings
from hushflake.config import require_config_value

DB_PASSWORD = require_config_value("DB_PASSWORD")
SECRET_KEY = require_config_value("SECRET_KEY")
MAIL_PASSWORD = require_config_value("MAIL_PASSWORD")
os.environ.setdefault("SMTP_PASSWORD", require_config_value("SMTP_PASSWORD"))
FTP_PASSWORD = require_config_value("FTP_PASSWORD")
MODE = os.getenv("MODE", "live")
SAME = os.getenv("LDAP_PASSWORD", "hunter6x")
OTHER = os.getenv("LDAP_PASSWORD", "hunter7x")
PATHS_PASSWORD = os.getenv("PIP_PASSWORD", "hunter8x")
NOTED = os.getenv(
    "SIP_PASSWORD",  # of the phone
    "hunter9x",
)
