"""`.env` files and their templates, read as python-dotenv does."""

from collections.abc import Iterator

from ...dotenv.find import is_env_file, is_template
from ...dotenv.loaders import python_dotenv
from ...dotenv.names import printable_name
from .base import Mention

KIND = ".env file"


def reads(path: str) -> bool:
    name = path.rpartition("/")[2]
    return is_env_file(name) or is_template(name)


def mentions(text: str) -> Iterator[Mention]:
    for one in python_dotenv.parse(text.replace("\r\n", "\n").replace("\r", "\n")).assignments:
        if printable_name(one.key):
            yield Mention(one.key, one.line, "set")
        for name in one.uses:
            if printable_name(name):
                yield Mention(name, one.line, "taken")
