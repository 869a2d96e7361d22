"""`.env` files and their templates, read as python-dotenv does."""

from collections.abc import Iterator

from ...dotenv.find import is_env_file, is_template
from ...dotenv.loaders import python_dotenv
from ...dotenv.names import names_told, printable_name
from .base import Mention

KIND = ".env file"


def reads(path: str) -> bool:
    name = path.rpartition("/")[2]
    return is_env_file(name) or is_template(name)


def mentions(text: str) -> Iterator[Mention]:
    parsed = python_dotenv.parse(text.replace("\r\n", "\n").replace("\r", "\n"))
    for key, line in names_told(parsed):
        yield Mention(key, line, "set")
    for one in parsed.assignments:
        for name in one.uses:
            if printable_name(name):
                yield Mention(name, one.line, "taken")
