"""A rewriter as the settings of a repository and a user's choices have it."""

from collections.abc import Iterable

from hushflake.lint_plugin.settings import Policy, Settings

from .cycle import before_accessor
from .feeding import feeding
from .key_uses import KeyUses, key_uses
from .keys import KeyNames, read_mapping
from .rewrite import Rewriter
from .transforms import chosen

LOADERS = "dotenv_loaders"
OVERRIDES = "test_overrides"


def rewriter(
    settings: Settings,
    *,
    only: Iterable[str] = (),
    skip: Iterable[str] = (),
    extra: Iterable[str] = (),
    key_style: str = "",
    key_mapping: str = "",
    retired: Iterable[str] = (),
    target: str = "",
) -> Rewriter:
    """Return the rewriter of a run.

    Args:
        settings: Of the repository.
        only: Transforms to run alone. `dotenv_loaders` among them removes loaders although they
            still provide values.
        skip: Transforms not to run.
        extra: Opt-in transforms to run besides.
        key_style: How to spell keys; as in the settings when empty.
        key_mapping: A TOML file of new names; that of the settings when empty.
        retired: Absolute paths of .env files that are about to go.
        target: The source that they go to, if it is not configured yet.

    Raises:
        CodemodError: An unknown transform, or a mapping that cannot be used.
    """
    only = tuple(only)
    transforms = chosen(only, skip, extra)
    overriding = any(transform.name == OVERRIDES for transform in transforms)
    mapping = key_mapping or settings.named_file("key-mapping")
    return Rewriter(
        transforms,
        Policy(settings),
        KeyNames(key_style or settings.key_style, read_mapping(mapping) if mapping else {}),
        before_accessor(settings.root, settings.accessor),
        feeding=feeding(settings, forced=LOADERS in only, without=retired, target=target),
        key_uses=key_uses(settings) if overriding else KeyUses(),
    )
