"""Literals of every form of binding."""

import flask
from hushflake.config import require_config_value

# Used below.
DB_PASSWORD = require_config_value("DB_PASSWORD")
BACKUP_DB_PASSWORD: str = require_config_value('BACKUP_DB_PASSWORD')
app = flask.Flask(__name__)
app.config["SECRET_KEY"] = require_config_value("SECRET_KEY")
MAIL_PASSWORD = (
    require_config_value("MAIL_PASSWORD")
)
user, smtp_password = "admin", require_config_value("SMTP_PASSWORD")
if (ftp_passwd := require_config_value("FTP_PASSWD")):
    pass
proxy_password = None
proxy_password += require_config_value("PROXY_PASSWORD")


class Stripe:
    webhook_secret = require_config_value("WEBHOOK_SECRET")
    mode = "live"

    def __init__(self):
        self.stripe_password = require_config_value("STRIPE_PASSWORD")
