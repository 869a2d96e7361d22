"""A project with hard-coded secrets of every class, and what its modules hold when they run.

Secrets are put together when this runs, so that no scanner stumbles over them.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

_LINE = "-----{} RSA PRIVATE" + " KEY-----\n"
_BODY = "MIIEpAIBAAKCAQEAx1\nq8Zt4kQ9wLm2Xc\n"
KEY = _LINE.format("BEGIN") + _BODY + _LINE.format("END")
STRIPE = "sk_live_" + "k3Jd9fLq2Mk3Jd9fLq2Mk3Jd"
RANDOM = "k3Jd9fLq2MaZ7xYw0P" + "bV5tRsUeHgNcQi"
# Every secret of `MODULE`, as text.
SECRETS = (
    "hunter" + "2-canary", "hunter" + "3-canary", "p@ss/" + "w0rd-canary",
    "83a1f0c9" + "d2e5-canary",
    STRIPE, RANDOM, "MIIEpAIBAAKCAQEAx1", "hunter" + "6-canary", "hunter" + "7-canary",
    "p%40ss%2Fw0rd-canary", "hunter" + "8-canary", "71b2e0d8" + "c3f4-canary",
)  # fmt: skip
MODULE = f'''"""Every class of secret."""

import os

DB_PASSWORD = "{SECRETS[0]}"
DATABASE_URL = "postgresql://app:{SECRETS[9]}@db.acme.io/main{{x}}"
STRIPE_CLIENT = dict(name="stripe", value="{STRIPE}")
SIGNING_KEY = """{KEY}"""
options = {{"password": "{SECRETS[1]}", "bytes": None}}
options["hmac_secret"] = b"{SECRETS[3]}"
AUTHENTICATED = str("{RANDOM}")  # the token of the password store
SMTP_PASSWORD = os.getenv("SMTP_PASSWORD", "{SECRETS[7]}")
HEADERS = {{"Authorization": "Bearer {SECRETS[11]}"}}


def connect(host="db", password="{SECRETS[0]}"):
    return host, password


class Client:
    ldap_password = "{SECRETS[10]}"


CONNECTED = connect()
'''
_RUN = """
import json, os, runpy, sys
if len(sys.argv) > 2:
    from hushflake.config import config_overrides
    with config_overrides(json.loads(sys.stdin.read())):
        found = runpy.run_path(sys.argv[1])
else:
    found = runpy.run_path(sys.argv[1])
plain = {name: value for name, value in found.items() if not name.startswith("_")}
for name in ("os", "require_config_value", "get_config_value", "quote", "connect"):
    plain.pop(name, None)
plain["Client"] = plain["Client"].ldap_password
print(json.dumps(plain, default=repr, sort_keys=True))
"""


def what_it_holds(module: Path, store: dict[str, str] | None = None) -> str:
    """Run a module in a process of its own; return the names that it binds, as JSON."""
    arguments = [sys.executable, "-c", _RUN, str(module), *(["store"] if store is not None else [])]
    done = subprocess.run(
        arguments, input=json.dumps(store or {}), capture_output=True, text=True, cwd=module.parent,
        env={k: v for k, v in os.environ.items() if k not in (store or {})},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout
