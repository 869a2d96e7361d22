"""What feeds a Python application: which .env files are read, by which reader, with which keys.

Who wants to take a .env file away, or a key out of it, asks here first:

    readers = env_file_readers(collect([root]))
    for reader in readers_of_file(readers, "backend/.env"):   # relative to the root
        reader.reader            # `python-dotenv`, `pydantic-settings`, `environs`, …
        reader.takes("PORT")     # whether it takes this key out of the file
        reader.into_environment  # it feeds `os.environ`: then whoever reads the key there is fed
        reader.rewritten         # it reads through the accessor: the file may go

A reader with `into_environment` (`load_dotenv()`, environs' `read_env()`) takes every key, and
does not read any: the reads of the key with `via == "environment"` in the inventory do, and so do
libraries and child processes that the inventory does not see. `unfed` joins the two for one key.
A path that is worked out at run time matches every file that it can be; a relative one, as the
working folder is not known, every file whose path ends with it.
"""

from collections.abc import Iterable, Iterator

from .model import EnvFileReader, Inventory, Key, Read


def env_file_readers(inventory: Inventory, *, tests: bool = False) -> list[EnvFileReader]:
    """Return the places in Python code that read .env files, in order of their places.

    Args:
        inventory: Of a whole repository, as `collect` returns it.
        tests: Whether those in test files count.
    """
    found = [each for each in inventory.env_file_readers if tests or not each.in_test]
    return sorted(found, key=lambda each: (each.path, each.line, each.column))


def readers_of_file(readers: Iterable[EnvFileReader], file: str) -> list[EnvFileReader]:
    """Return those that may read a file. `file`: relative to the root, with `/`."""
    return [each for each in readers if each.may_read(file)]


def unfed(
    inventory: Inventory, readers: Iterable[EnvFileReader], file: str, key: str
) -> Iterator[EnvFileReader | Read]:
    """Yield who would lose a key if it went out of a file: what is not rewritten and takes it.

    Args:
        inventory: The inventory.
        readers: Of `env_file_readers`.
        file: The .env file, relative to the root, with `/`.
        key: The key.
    """
    into_environment = False
    for reader in readers_of_file(readers, file):
        if reader.into_environment:
            into_environment = True
        elif reader.takes(key) and not reader.rewritten:
            yield reader
    if into_environment:
        yield from _from_environment(inventory.keys, key)


def _from_environment(keys: Iterable[Key], name: str) -> Iterator[Read]:
    for key in keys:
        if key.name == name:
            yield from (read for read in key.reads if read.via == "environment" and read.reason)
