"""environment.yml of conda: named, and left to the user, as pip's part of it has many shapes.

https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html
"""

import re

from ..requirement import Requirement
from .base import NotPlainError, Strength, names_it

KIND = "conda"
PATTERNS = ("environment.yml", "environment.yaml")


def strength(text: str) -> Strength:
    return "strong" if re.search(r"^dependencies:", text, re.MULTILINE) else "none"


def declares(text: str) -> bool:
    return names_it(text)


def edited(_text: str, requirement: Requirement) -> str:
    raise NotPlainError(f'add "{requirement}" to the list below `- pip:` of dependencies')
