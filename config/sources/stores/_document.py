"""A store whose secret is one text: a JSON object of keys, or the value of one key.

What the stores of the clouds have in common. Each says how its client reads and saves one secret,
what came between, and what its errors mean.
"""

import os
import re
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeVar

from ...errors import ConfigError, ConfigSourceError
from ..base import Hidden, Loaded
from . import base
from ._patience import patiently

if TYPE_CHECKING:
    from ...settings import Settings

T = TypeVar("T")


class Document(NamedTuple):
    """A version of a secret. Without `text` there is none yet, and a write makes the first."""

    text: str | None
    version: str
    secret: bool = True
    found: Any = None  # what the client returned

    def __repr__(self) -> str:
        return f"Document(version={self.version!r})"


class MissingSecretError(ConfigSourceError):
    """There is no such secret, or it has no version."""


class DocumentStore:
    """One secret, or every secret whose name begins alike (`NAME*`), each with the value of a key.

    Class attributes say what a store is; the methods without a body what its client does.
    """

    SCHEME: ClassVar[str]
    USAGE: ClassVar[str]
    NAME: ClassVar[re.Pattern[str]]  # of a secret, without a version
    LARGEST: ClassVar[int]  # bytes of a document
    WHERE: ClassVar[str]  # the name of the fact that says where
    MANY: ClassVar[str] = "*"  # how the name of many ends
    FORMS: ClassVar[str] = "NAME@VERSION and NAME* are possible, too"

    remote = True

    def __init__(self, name: str, settings: "Settings") -> None:
        self.many = name.endswith(self.MANY)
        self.id, self.version = base.versioned(name.removesuffix("*"))
        several = self.many or self.id.endswith(self.MANY)
        if not self.NAME.fullmatch(self.id) or (several and self.version is not None):
            raise ConfigError(f"stores: {name[:200]!r}: write {self.USAGE}; {self.FORMS}")
        self.name = f"{self.SCHEME}:{name}"
        self.timeout = settings.total_timeout
        self.settings = settings
        self._client: tuple[int, Any] = (0, None)

    # What a store says of itself

    def connected(self) -> Any:
        """A client. It is kept, and made anew in a forked process: sockets cannot be shared."""
        raise NotImplementedError

    def read(self, client: Any, version: str | None) -> Document:
        """One version of the secret, None for the newest."""
        raise NotImplementedError

    def save(self, client: Any, text: str, before: Document, *, secret: bool) -> Document:
        """Save a new version.

        Raises:
            StaleSourceError: Somebody else did in between, and nothing was written.
        """
        raise NotImplementedError

    def versions(self, client: Any) -> frozenset[str]:
        """The versions that there are before anything is read, for `between`."""
        return frozenset()

    def between(self, client: Any, before: Document, saved: Document, known: frozenset[str]) -> str:
        """The version that somebody else saved between these two, "" for none."""
        raise NotImplementedError

    def create(self, client: Any) -> None:
        """Make the secret where there is none."""
        raise NotImplementedError

    def below(self, client: Any) -> dict[str, str]:
        """Key -> value of every secret whose name begins with `id`."""
        raise NotImplementedError

    def failure(self, error: Exception) -> ConfigSourceError:
        """What an error of the client means, in our words: an answer may hold a value."""
        raise NotImplementedError

    def wait(self, error: Exception) -> float | None:
        """See `patiently`."""
        raise NotImplementedError

    # What follows

    def load(self) -> Loaded:
        """The keys of the secret, or of all."""
        if self.many:
            return self.load_many()
        found = self._read(self.version)
        values = self._keys(found)
        facts = {self.WHERE: self.id, self.WHERE.partition(".")[0] + ".version": found.version}
        return Loaded(values, frozenset(values if found.secret else ()), {}, facts)

    def load_many(self) -> Loaded:
        """The keys of all secrets whose names begin so."""
        values, ambiguous = base.derived(self.told(lambda: self.below(self.client())))
        return Loaded(values, frozenset(values), ambiguous, {self.WHERE: f"{self.id}*"})

    def held(self, *, create: bool) -> Mapping[str, str]:
        """The keys of the newest version; none where the secret is made now."""
        if self.many:
            return self.load().values
        try:
            return self._keys(self._read(None))
        except MissingSecretError:
            if not create:
                raise
        self.told(lambda: self.create(self.client()))
        return Hidden()

    def write(self, values: Mapping[str, str], plain: Collection[str]) -> str:
        """Save a new version with these keys beside the others, and read it back."""
        if self.many or self.version is not None:
            raise ConfigError(f"{self.name}: name one secret, without a version, to write to it")
        known = self.told(lambda: self.versions(self.client()))
        before = self._before()
        text = base.merged(before.text, values, self.name)
        if len(text.encode()) > self.LARGEST:
            raise ConfigError(
                f"{self.name}: with these keys it is larger than {self.LARGEST >> 10} KB, which a "
                "secret there can be at most; keep them in several"
            )
        secret = before.secret or not set(values) <= set(plain)
        saved = self.told(lambda: self.save(self.client(), text, before, secret=secret))
        between = self.told(lambda: self.between(self.client(), before, saved, known))
        if between:
            raise ConfigSourceError(
                f"{self.name}: somebody else saved version {between} in between; version "
                f"{saved.version} with the new keys lacks what that one changed. Compare the two"
            )
        wrong = base.differing(self._keys(self._read(None)), values)
        if wrong:
            raise ConfigSourceError(
                f"{self.name}: {', '.join(wrong)} came back changed; they stay saved in version "
                f"{saved.version}"
            )
        return saved.version

    def _before(self) -> Document:
        """The newest version; none yet of a secret that was made just now."""
        try:
            return self._read(None)
        except MissingSecretError as error:
            if not self.told(lambda: self.exists(self.client())):
                raise MissingSecretError(str(error)) from None
        return Document(None, "")

    def exists(self, client: Any) -> bool:
        """Whether there is the secret, though it has no version."""
        return False

    def _read(self, version: str | None) -> Document:
        return self.told(lambda: self.patient(lambda: self.read(self.client(), version)))

    def patient(self, call: Callable[[], T]) -> T:
        """Make a call that is safe to repeat, as `patiently` does."""
        return patiently(call, self.wait, self.settings.total_timeout)

    def _keys(self, found: Document) -> Hidden:
        return self.keys_of(self.id, found.text if found.text is not None else "{}")

    def keys_of(self, name: str, text: str) -> Hidden:
        """The keys in the text of a secret; its name stands for one that is no JSON object."""
        return base.document(text, f"{self.name}: {name}", re.split(r"[/:]", name)[-1])

    def client(self) -> Any:
        """The client of this process."""
        process, made = self._client
        if process != os.getpid():
            made = self.connected()
            self._client = (os.getpid(), made)
        return made

    def told(self, call: Callable[[], T]) -> T:
        """Return what a call returns.

        Raises:
            ConfigError: It fails. The text is ours.
        """
        try:
            return call()
        except ConfigError:
            raise
        except Exception as error:
            failed = self.failure(error)
        raise failed
