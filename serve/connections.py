"""Connections that send slowly, or nothing at all, give their place to others.

uvicorn waits for a request as long as it takes, so that a few hundred half-open connections without
a token would lock everybody out. A request must be here, head and body, within some seconds; and of
the connections that have not sent one yet only so many are kept, the newest ones.
"""

import asyncio
from collections import OrderedDict
from typing import Any, ClassVar, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_SECONDS: Final = 10.0
MOST_WAITING: Final = 128
# Of a request's head; tokens and headers of clients are a fraction of it.
MOST_OF_A_HEAD: Final = 16_384


class PatientProtocol(H11Protocol):
    """A connection that must send its requests in time."""

    seconds = REQUEST_SECONDS
    most_waiting = MOST_WAITING
    _deadline: asyncio.TimerHandle | None = None
    _all_waiting: ClassVar["OrderedDict[int, PatientProtocol]"] = OrderedDict()

    def connection_made(self, transport: Any) -> None:
        """Start the time of the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what came; the time runs until a request is whole."""
        super().data_received(data)
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            self._wait()
        else:
            self._stop_waiting()

    def on_response_complete(self) -> None:
        """Between requests uvicorn's own timer runs; the next one has its own time."""
        self._stop_waiting()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._deadline is not None:
            return
        self._deadline = self.loop.call_later(self.seconds, self._give_up)
        self._all_waiting[id(self)] = self
        if len(self._all_waiting) > self.most_waiting:
            _, oldest = self._all_waiting.popitem(last=False)
            oldest._give_up()

    def _stop_waiting(self) -> None:
        self._all_waiting.pop(id(self), None)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._stop_waiting()
        self.transport.abort()
