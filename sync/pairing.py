"""Which row a page belongs to: by its link, by its `sync_id`, by its key, or a new one."""

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Mapping

from .mapping import GENERATED_KEY, EntityMap
from .types import Page


def identify(
    of: EntityMap, pages: Iterable[Page], linked: Mapping[str, str]
) -> tuple[dict[str, Page], list[tuple[Page, str]]]:
    """Return the sync id of every page, and the pages that can have none yet, with the reason.

    A page that an editor duplicated carries the `sync_id` of the original: it gets one of its own.

    Args:
        pages: Pages without a link.
        linked: Sync id -> page id, of every link, tombstones too.
    """
    found: dict[str, Page] = {}
    without: list[tuple[Page, str]] = []
    for page in sorted(pages, key=lambda page: (page.created, page.id)):
        if page.sight != "live":
            continue
        wanted = [page.sync_id, _own_key(of, page)]
        free = (key for key in wanted if key and key not in linked and key not in found)
        key = next((key for key in free if of.key_parts(key) is not None), None)
        if key is None and of.can_make_keys:
            key = next(key for key in _made(page) if key not in linked and key not in found)
        if key is None:
            without.append((page, f"fill in {_key_names(of)}"))
        else:
            found[key] = page
    return found, without


def _made(page: Page) -> Iterator[str]:
    """Yield keys made of a page's id: made again after a crash, the first free one is the same.

    The id itself is taken where a copy of the page was tied to it while the page was in the trash.
    """
    yield page.id.replace("-", "")
    for number in itertools.count(2):
        yield hashlib.sha256(f"{page.id} {number}".encode()).hexdigest()[:GENERATED_KEY]


def _own_key(of: EntityMap, page: Page) -> str | None:
    """The key that the page's own properties spell."""
    parts = [page.values.get(column.name) for column in of.key]
    if any(part is None or isinstance(part, tuple) for part in parts):
        return None
    return of.key_text(str(part) for part in parts)


def _key_names(of: EntityMap) -> str:
    names = [
        of.by_column[column.name].property_name for column in of.key if column.name in of.by_column
    ]
    return " and ".join(names) or f"{of.sync_id} (the key of {of.entity} is in no property)"
