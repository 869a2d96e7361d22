"""Test mode for runners that hushflake does not know by itself.

    # tests/__init__.py
    from hushflake.config.testing import use_test_mode

    use_test_mode()

pytest, `python -m unittest` and Django's `manage.py test` need none of this.
"""

import os
from dataclasses import replace

from .settings import MODE


def use_test_mode() -> None:
    """Let this process and those it starts run in test mode, unless HUSHFLAKE_MODE says otherwise.

    Call it before the application is imported: what it reads then comes from the process
    environment. What was configured already is configured again.
    """
    if os.environ.get(MODE):
        return
    os.environ[MODE] = "test"
    from .reading import process

    active = process.current()
    if active is not None and active.settings.mode != "test":
        process.start(replace(active.settings, mode="test", dotenv=None), place=active.place)
