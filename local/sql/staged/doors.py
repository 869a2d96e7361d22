"""How clients reach the files of a stage: a part of the stack that the server makes."""

from abc import ABC, abstractmethod
from typing import Any

from ...sessions.session import Session
from .location import Place


class Doors(ABC):
    """Lets a client put files into a place, or fetch them from it."""

    @abstractmethod
    def upload(self, session: Session, place: Place, *, overwrite: bool) -> dict[str, Any]:
        """Return the `stageInfo` with which the session's client puts files into a place."""

    @abstractmethod
    def download(self, session: Session, place: Place) -> dict[str, Any]:
        """Return the `stageInfo` with which the session's client fetches files below a place."""
