"""One connection: who asks, where, in which transaction, with which settings."""

import threading
import uuid
from dataclasses import dataclass

from ..engine.catalogue import Object
from ..engine.engine import Engine
from .identity import Identity
from .names import Names
from .place import Place
from .queries import Queries
from .settings import Settings
from .temporary import Temporary
from .transaction import Transaction

# Version in which the shape of answers follows Snowflake's documentation; clients log it.
SERVER_VERSION = "9.40.0"


@dataclass
class Client:
    """What the program at the other end does by itself.

    Attributes:
        copies_files: It copies the files of stages, without HTTP.
        takes_arrow: It takes the rows of queries as Arrow unless it is told otherwise.
    """

    copies_files: bool = False
    takes_arrow: bool = False


class Session:
    """What one connection is made of. A statement at a time: callers hold `lock`.

    Attributes:
        identity: Who asks.
        place: Where: database, schema, warehouse.
        settings: Parameters and variables.
        transaction: What is written, and what is read in it.
        temporary: The objects that no other session sees.
        names: Finds the objects that statements name.
        queries: The statements that ran, and their results.
        client: The program at the other end.
        task: The task that the session runs, None for a connection.
        task_result: What the task gives as its return value.
        describing: Only the columns of a result are asked for: nothing is to happen.
    """

    def __init__(self, engine: Engine, user: Object, role: Object) -> None:
        self.engine = engine
        self.id = uuid.uuid4().int >> 75
        self.key = uuid.uuid4().hex
        self.lock = threading.Lock()
        self.identity = Identity(engine.catalogue, user, role)
        self.place = Place()
        self.settings = Settings()
        self.transaction = Transaction(engine, self.key, self.identity, self.settings)
        self.temporary = Temporary(engine, self.key, self.transaction)
        self.names = Names(engine.catalogue, self.identity, self.place, self.temporary)
        self.queries = Queries(engine, self.key, self.identity)
        self.client = Client()
        self.task: Object | None = None
        self.task_result: str | None = None
        self.describing = False
        engine.sessions[self.id] = self

    def close(self) -> None:
        """End the session: an open transaction is rolled back, temporary objects go."""
        self.transaction.rollback()
        self.temporary.end(self.identity.owner)
        self.transaction.cursor.close()
