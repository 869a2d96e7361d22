"""Give images the settings that programs find beside their code elsewhere."""

from collections.abc import Iterator
from pathlib import Path

from hushflake.codemods.roots.images import Image

from ...dotenv.find import find
from ...files import read_regular, write_atomically
from .. import accessor
from ..image_settings import NotPlainError, edited, variables
from ..step import Context, Done, Look, Part
from .dependency import changed_files

ORDER = 33
NAME = "images"
TITLE = "Give images their settings"
_LARGEST = 1 << 20


def look(context: Context) -> Look:
    parts, lines = [], []
    for image in _wanting(context):
        try:
            before, after = _texts(context, image)
        except NotPlainError as error:
            lines.append(f"{image.path}: {error}")
            continue
        new = set(before.splitlines())
        added = [f"+{line}" for line in after.splitlines() if line not in new]
        parts.append(Part(image.path, [f"--- {image.path}", f"+++ {image.path}", *added]))
    if parts:
        lines.insert(0, "these images do not hold pyproject.toml, where the settings are:")
    return Look(lines or ["every image has its settings"], idle=not parts, parts=tuple(parts))


def act(context: Context) -> Done:
    lines = []
    for image in _wanting(context):
        if image.path in context.declined:
            continue
        try:
            _before, after = _texts(context, image)
        except NotPlainError:
            continue
        write_atomically(context.top / image.path, after.encode("utf-8"))
        lines.append(f"{image.path}: {' '.join(_given(context, image))}")
    return Done(lines, "Give images their settings")


def by_hand(context: Context) -> Iterator[tuple[str, str]]:
    """Yield the Dockerfiles that lack settings, and what to add to each."""
    for image in _wanting(context):
        yield image.path, f"add ENV {' '.join(_given(context, image))}"


def _wanting(context: Context) -> list[Image]:
    """Return the images that hold code which reads, and no settings for it."""
    if not accessor.has_settings_beside_code(context):
        return []
    files = changed_files(context)
    return [
        image
        for image in context.roots.images
        if any(image.place(path) and not _finds(context, image, path) for path in files)
        and "HUSHFLAKE_" not in _text(context, image)
        and _given(context, image)
    ]


def _finds(context: Context, image: Image, path: str) -> bool:
    """Say whether code in an image has the settings above it, where it is not installed."""
    settings, code = image.place("pyproject.toml"), image.place(path)
    folder = str(Path(settings).parent)
    is_above = bool(settings) and Path(code).is_relative_to(folder)
    return is_above and not image.installs_project(context.roots.tree)


def _given(context: Context, image: Image) -> list[str]:
    """Return the settings of an image as variables; none where no variable can give them."""
    arguments = accessor.arguments(context)
    if not any(image.place(context.relative(str(path))) for path in find(context.top)):
        # No .env file feeds it, whatever feeds the application elsewhere.
        arguments.pop("mode", None)
    return variables(arguments)


def _texts(context: Context, image: Image) -> tuple[str, str]:
    text = _text(context, image)
    return text, edited(text, _given(context, image))


def _text(context: Context, image: Image) -> str:
    # As it is now, and not as it was when the images were looked for.
    try:
        data = read_regular(context.top / image.path, _LARGEST)
    except OSError:
        data = None
    return (data or b"").decode("utf-8", "replace")
