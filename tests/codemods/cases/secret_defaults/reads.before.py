import os

PASSWORD = os.getenv("DB_PASSWORD", "hunter2")
TOKEN = os.environ.get(key="API_TOKEN", default="dev-token")
EMPTY = os.getenv("DB_PASSWORD", "")
NONE = os.getenv("DB_PASSWORD", None)
COMPUTED = os.getenv("DB_PASSWORD", PASSWORD)
HOST = os.getenv("DB_HOST", "localhost")
KIND = os.getenv("TOKEN_TYPE", "bearer")
