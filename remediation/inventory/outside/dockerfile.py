"""Dockerfiles that copy a .env file: https://docs.docker.com/reference/dockerfile/#copy."""

import re
from collections.abc import Iterator

from ..mentions import dockerfile
from .base import EnvUse, from_anywhere, names_env_file
from .tree import Tree

KIND = "Dockerfile"

reads = dockerfile.reads
_COPY = re.compile(r"\s*(?:COPY|ADD)\s+(.*)", re.IGNORECASE | re.DOTALL)
_REMEDY = "let the program in the image read the store, and take the file out of the instruction"


def uses(path: str, text: str, _tree: Tree) -> Iterator[EnvUse]:
    for line, instruction in dockerfile.instructions(text):
        match = _COPY.match(instruction)
        if match is None or re.search(r"(?:^|\s)--from=", match[1]):
            continue
        words = [word.strip("[]\",'") for word in match[1].split() if not word.startswith("--")]
        for word in words[:-1]:
            if names_env_file(word):
                files = from_anywhere(path, word)
                yield EnvUse(
                    path, line, KIND, word, files, None, "copies it into the image", _REMEDY
                )
