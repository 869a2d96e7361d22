"""How requests are sent: not faster than Notion allows, again when it stumbles, within a budget.

The client library retries less than a sync needs: no query after a 5xx (it is a POST), nothing
after 529, and it never waits longer than 60 s whatever Retry-After says. Its retries are switched
off; these are in their place. Source: "Request limits", developers.notion.com: 3 requests a second
on average, 429 with Retry-After, 529 when the service is overloaded.
"""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from ..clock import Clock, SystemClock
from ..errors import BudgetError, NotionError

T = TypeVar("T")
REQUESTS_A_SECOND: Final = 3.0
_TRIES: Final = 6
_FIRST_PAUSE: Final = 1.0  # seconds; doubled by every try
_LONGEST_PAUSE: Final = 60.0
_NOT_DONE: Final = frozenset({429})
_PASSING: Final = frozenset({409, 429, 500, 502, 503, 504, 529})


@dataclass
class Patience:
    """Sends requests of one cycle, from any thread.

    Attributes:
        rate: Requests a second, of all threads; the pauses between them are kept even after a
            retry, and a pause that one answer asks for is everybody's.
        budget: Requests that a cycle may make; None: any number.
        wait: Seconds that one request may wait for Notion, in all.
        made: Requests made since `begin`.
        waited: Seconds that Notion asked to wait, since `begin`.
    """

    clock: Clock = field(default_factory=SystemClock)
    rate: float = REQUESTS_A_SECOND
    budget: int | None = None
    wait: float = 600.0
    made: int = 0
    waited: float = 0.0
    _next: float = 0.0
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def begin(self) -> None:
        """Start a new cycle's count."""
        self.made, self.waited = 0, 0.0

    @property
    def left(self) -> int | None:
        """Requests that the budget still allows."""
        return None if self.budget is None else max(0, self.budget - self.made)

    def send(self, work: Callable[[], T], *, repeatable: bool = True) -> T:
        """Send a request and return its answer.

        Args:
            work: Makes the request.
            repeatable: Doing it twice is as good as once. What is not is sent again only when
                Notion says that it was not done (429).

        Raises:
            BudgetError: The cycle's requests are used up.
            NotionError: A refusal; or it stayed out of reach, `passing`.
        """
        deadline = self.clock.monotonic() + self.wait
        for number in range(1, _TRIES + 1):
            self._pace()
            try:
                return work()
            except Exception as error:
                told = told_of(error)
                if told is None:
                    raise
                fault, pause = told
                again = fault.passing and (repeatable or fault.status in _NOT_DONE)
                if not again or number == _TRIES:
                    raise fault from None
                if pause is None:
                    pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (number - 1))
                    pause *= random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries, no secret
                if self.clock.monotonic() + pause > deadline:
                    raise fault from None
                self._hold(pause)
        raise AssertionError("unreachable: the last try returns or raises")

    def _pace(self) -> None:
        """Wait for the turn of a request. One after the other waits, whoever sends it."""
        with self._turn:
            if self.budget is not None and self.made >= self.budget:
                raise BudgetError(self.budget)
            now = self.clock.monotonic()
            if now < self._next:
                self.clock.sleep(self._next - now)
                now = self._next
            self._next = now + 1.0 / self.rate
            self.made += 1

    def _hold(self, pause: float) -> None:
        """Let no request of any thread be sent for a while: the limit is that of all of them."""
        with self._turn:
            until = self.clock.monotonic() + pause
            if until > self._next:
                self.waited += pause
                self._next = until


def told_of(error: Exception) -> tuple[NotionError, float | None] | None:
    """Return a fault of the client library as ours, with the pause that Notion asks for.

    None: it is no fault of Notion's or of the network's.
    """
    import httpx
    from notion_client.errors import HTTPResponseError, RequestTimeoutError

    if isinstance(error, RequestTimeoutError):
        return NotionError("Notion did not answer in time", passing=True), None
    if isinstance(error, httpx.TransportError | httpx.DecodingError | ValueError):
        # ValueError: an answer that was cut is no JSON.
        kind = type(error).__name__
        return NotionError(f"the connection to Notion broke ({kind})", passing=True), None
    if not isinstance(error, HTTPResponseError):
        return None
    status = int(error.status)
    code = str(getattr(error.code, "value", error.code))
    fault = NotionError(
        f"Notion answered {status} {code}: {_message(error)}",
        status=status,
        code=code,
        passing=status in _PASSING,
    )
    return fault, _pause(error.headers.get("retry-after"))


def _message(error: Any) -> str:
    text = " ".join(str(error).split())
    return text[:300]


def _pause(text: str | None) -> float | None:
    """Return the seconds of a Retry-After header; Notion writes whole seconds."""
    try:
        return max(0.0, float(text)) if text else None
    except ValueError:
        return None
