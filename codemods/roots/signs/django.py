"""The folder of a `manage.py`: Django puts it first on the search path.

https://docs.djangoproject.com/en/stable/ref/django-admin/
"""

import posixpath
from collections.abc import Iterator

from ..tree import Tree
from .base import Sign


def signs(tree: Tree) -> Iterator[Sign]:
    for path in sorted(tree.python):
        if posixpath.basename(path) == "manage.py" and "django" in tree.text(path):
            yield Sign(posixpath.dirname(path), path)
