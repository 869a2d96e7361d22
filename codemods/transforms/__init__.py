"""One file a transform; the folder is the registry."""

import importlib
import pkgutil
from collections.abc import Iterable, Sequence
from functools import cache

from ..errors import UnknownTransformError
from ..transform import Transform


@cache
def all_transforms() -> Sequence[Transform]:
    """Return every transform, in the order in which they run."""
    found: list[Transform] = []
    for module in pkgutil.iter_modules(__path__):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        found += [
            value()
            for value in vars(loaded).values()
            if isinstance(value, type)
            and issubclass(value, Transform)
            and value.__module__ == loaded.__name__
        ]
    return sorted(found, key=lambda transform: (transform.order, transform.name))


def chosen(
    only: Iterable[str] = (), skip: Iterable[str] = (), extra: Iterable[str] = ()
) -> list[Transform]:
    """Return the transforms of a run.

    Args:
        only: Names of those to run; the default ones when empty.
        skip: Names of those not to run.
        extra: Names of opt-in ones to run besides.

    Raises:
        UnknownTransformError: A name that no transform has.
    """
    only, skip, extra = set(only), set(skip), set(extra)
    known = {transform.name for transform in all_transforms()}
    for name in sorted((only | skip | extra) - known):
        raise UnknownTransformError(
            f"no transform is named {name!r}; there are {', '.join(sorted(known))}"
        )
    return [
        transform
        for transform in all_transforms()
        if transform.name not in skip
        and (transform.name in only or transform.name in extra or not (only or transform.opt_in))
    ]
