"""What the reads of a key say of it together, whichever file they stand in."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from .model import SET, Default, Key


def hide_typed_secrets(keys: Mapping[str, Key], is_said_public: Callable[[str], bool]) -> None:
    """Take keys for secrets that a type hides somewhere, such as `SecretStr`, in all their reads.

    Args:
        keys: Name -> key; changed in place.
        is_said_public: Whether the settings say that a key holds no secret.
    """
    for name, key in keys.items():
        if key.secret or not any(read.secret for read in key.reads) or is_said_public(name):
            continue
        key.secret = True
        key.reads[:] = [
            replace(read, default=Default(SET, read.default.identity))
            if read.default is not None and read.default.value
            else read
            for read in key.reads
        ]


def join_spellings(keys: dict[str, Key]) -> None:
    """Give what is named in another case to the key that is read in any: `postgres_db` in a .env
    file to a field of pydantic settings.

    Args:
        keys: Name -> key; changed in place.
    """
    folded = {
        name.lower(): key for name, key in keys.items() if any(read.any_case for read in key.reads)
    }
    for name in [name for name, key in keys.items() if not key.reads]:
        key = folded.get(name.lower())
        if key is not None:
            key.named += keys.pop(name).named
