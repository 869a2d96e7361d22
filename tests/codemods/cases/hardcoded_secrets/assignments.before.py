"""Literals of every form of binding."""

import flask

# Used below.
DB_PASSWORD = "hunter2x"
BACKUP_DB_PASSWORD: str = 'hunter3x'
app = flask.Flask(__name__)
app.config["SECRET_KEY"] = "k3y-4-prod"
MAIL_PASSWORD = (
    "hunter4x"
)
user, smtp_password = "admin", "hunter5x"
if (ftp_passwd := "hunter6x"):
    pass
proxy_password = None
proxy_password += "hunter7x"


class Stripe:
    webhook_secret = "abc123def"
    mode = "live"

    def __init__(self):
        self.stripe_password = "hunter8x"
