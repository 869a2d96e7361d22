"""Plants secrets of every class into a real module, and runs it: what it binds, what it does.

Run as a program it imports a module of a tree, with the store that the environment names, and
prints what the planted names hold, the public names, and what a scenario of the release comes to.
"""

import ast
import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

_LINE = "-----{} EC PRIVATE" + " KEY-----\n"
KEY = _LINE.format("BEGIN") + "MHcCAQEEIIGnVbTq9LpXc4Zt\nWm2RkY7d\n" + _LINE.format("END")
# What is planted in what manner -> the secret as it is spelt there.
SECRETS = {
    "plain": "hunter" + "2-planted",
    "double": "hunter" + "3-it's",
    "url": "p%40ss" + "%2Fplanted",
    "query": "83a1f0c9" + "d2e4",
    "dsn": "hunter" + "4-planted",
    "json": "hunter" + "5-planted",
    "bytes": "83a1f0c9" + "d2e5-planted",
    "bearer": "71b2e0d8" + "c3f4",
    "provider": "sk_live_" + "k3Jd9fLq2Mk3Jd9fLq2Mk3Jd",
    "random": "k3Jd9fLq2MaZ7xYw0P" + "bV5tRsUeHgNcQi",
    "default": "hunter" + "6-planted",
    "read": "hunter" + "7-planted",
    "attribute": "hunter" + "8-planted",
    "local": "hunter" + "9-planted",
    "sum": "hunter" + "10-planted",
    "compared": "hunter" + "11-planted",
}
_TOP = """
PLANTED_PASSWORD = "{plain}"
planted_secrets = {{
    'password': "{double}",
    'url': "postgresql://app:{url}@db.acme.io/{{main}}",
    'query': 'https://api.acme.io/v1?api_key={query}&page=1',
    'dsn': "Server=db;Database=main;User Id=app;Password={dsn};",
    'body': '{{"user": "app", "password": "{json}"}}',
    'headers': {{"Authorization": f"Bearer {bearer}"}},
    'client': str('{provider}'),
}}
planted_secrets['hmac_secret'] = b"{bytes}"
PLANTED_SIGNING_KEY = \"\"\"{key}\"\"\"
planted_authenticated = list(["{random}"])  # the token of the password store
ftp_password = '{sum_first}' + '{sum_last}'
"""
_CLASS = 'planted_password = "{attribute}"'
_END = """

import os as _planted_os

def planted(host="db", planted_db_password="{default}"):
    smtp_password = "{local}"
    given = planted_secrets["password"]
    return [host, planted_db_password, smtp_password, given == "{double}"]


PLANTED_READ = _planted_os.getenv("PLANTED_MAIL_PASSWORD", "{read}")
planted_result = planted()
planted_is_same = (lambda password: password == "{compared}")("{compared}")
"""
HIDDEN = {"require_config_value", "quote"}


def plant(path: Path) -> None:
    """Put secrets below the imports of a module, into its first class, and at its end."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    half = len(SECRETS["sum"]) // 2
    values = {
        **SECRETS, "key": KEY, "sum_first": SECRETS["sum"][:half], "sum_last": SECRETS["sum"][half:]
    }  # fmt: skip
    lines = text.splitlines(keepends=True)
    inserted: list[tuple[int, str]] = []
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    first = next(node for node in imports if getattr(node, "module", "") != "__future__")
    inserted.append((first.end_lineno or 1, _TOP.format(**values)))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and len(node.body) > 1]
    for node in classes[:1]:
        at = node.body[-1]
        indent = " " * at.col_offset
        inserted.append((at.end_lineno or 1, f"\n{indent}{_CLASS.format(**values)}\n"))
    for at, added in sorted(inserted, reverse=True):
        lines.insert(at, added)
    path.write_text("".join(lines) + _END.format(**values), encoding="utf-8")


# -- what a release does --------------------------------------------------------------------


def _cachetools(module: Any) -> object:
    calls: list[str] = []
    cached = module.cached(module.LRUCache(maxsize=2))(lambda text: calls.append(text) or text)
    return [cached(module.PLANTED_PASSWORD), cached(module.PLANTED_PASSWORD), calls]


def _itsdangerous(module: Any) -> object:
    signer = module.Signer(module.PLANTED_PASSWORD, salt="s")
    return [signer.sign("text").decode(), signer.unsign(signer.sign("x")).decode()]


def _schedule(module: Any) -> object:
    scheduler = module.Scheduler()
    job = scheduler.every(3).days.at("10:30").do(str, module.PLANTED_PASSWORD)
    return [job.unit, job.interval, str(job.at_time), job.job_func()]


def _tinydb(module: Any) -> object:
    from tinydb import TinyDB, where
    from tinydb.storages import MemoryStorage

    database = TinyDB(storage=MemoryStorage)
    database.insert({"name": "a", "password": module.PLANTED_PASSWORD})
    return database.search(where("name") == "a")


def _jwt(module: Any) -> object:
    import jwt

    token = jwt.encode({"sub": "a"}, module.PLANTED_PASSWORD, algorithm="HS256")
    return [token, jwt.decode(token, module.PLANTED_PASSWORD, algorithms=["HS256"])]


SCENARIOS = {
    "cachetools": _cachetools, "itsdangerous.signer": _itsdangerous, "schedule": _schedule,
    "tinydb.queries": _tinydb, "jwt.api_jws": _jwt,
}  # fmt: skip


def main(tree: str, name: str) -> None:
    sys.path.insert(0, tree)
    keys = os.environ.get("PLANTED_KEYRING_KEYS")
    environment = os.environ.get("PLANTED_ESC")
    if keys or environment:
        from hushflake.config import configure

        if keys:
            configure(keyring="shop", keyring_keys=keys.split(","))
        else:
            configure(esc=environment)
    module: Any = importlib.import_module(name)
    classes = [value for value in vars(module).values() if isinstance(value, type)]
    held = [vars(value).get("planted_password") for value in classes]
    attributes = sorted(filter(None, held))
    planted = {n: v for n, v in vars(module).items() if "planted" in n.lower() or "password" in n}
    planted = {n: v for n, v in planted.items() if not callable(v) and not n.startswith("_")}
    public = sorted(n for n in vars(module) if not n.startswith("_") and n not in HIDDEN)
    print(json.dumps([planted, attributes, public, SCENARIOS[name](module)], default=repr))


if __name__ == "__main__":
    main(*sys.argv[1:])
