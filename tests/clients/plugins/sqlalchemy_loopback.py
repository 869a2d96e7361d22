"""A plugin of pytest: engines of SQLAlchemy speak HTTP, which a URL of theirs cannot say."""

from sqlalchemy import event
from sqlalchemy.engine import Engine


@event.listens_for(Engine, "do_connect")
def _without_tls(dialect, record, arguments, keywords):
    keywords.setdefault("protocol", "http")
