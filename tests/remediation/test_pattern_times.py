"""Patterns over texts of a repository take a time that does not grow with the square of them.

One search in a process of its own: a pattern that never ends lets nobody interrupt it.
"""

import multiprocessing
import re
from typing import Any

import pytest

from hushflake.codemods import unused
from hushflake.codemods.roots import images
from hushflake.config.sources import dotenv
from hushflake.config.sources.stores import _sops
from hushflake.remediation.dependency.kinds import dockerfile as installs
from hushflake.remediation.inventory.mentions import dockerfile, github_workflows
from hushflake.remediation.keys.documents import markdown
from hushflake.remediation.known import choose

N = 200_000
SECONDS = 4.0


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (_sops._ENCRYPTED, "ENC[AES256_GCM,data:" + ",iv:a,tag:b,type:c" * 4000),
        (choose._NAME, "-" * 40 + "\0"),
        (dockerfile._SECRET_MOUNT, "--mount=type=secret" * (N // 20)),
        (github_workflows._EXPRESSION, "${{" * (N // 20)),
        (images._INSTALLS, "pip install" + " --a" * 40 + "!"),
        (images._INSTALLS, "pip install .[" * (N // 20)),
        (installs._OF_PROJECT, "a" * N),
        (unused._KEPT, b"#" * N),
        (dotenv._REMARK, "a" + " " * N + "b"),
    ],
)
def test_a_pattern_ends(pattern: re.Pattern[Any], text: Any) -> None:
    child = multiprocessing.get_context("fork").Process(target=_all, args=(pattern, text))
    child.start()
    child.join(SECONDS)
    hangs = child.is_alive()
    child.kill()
    child.join()
    assert not hangs


def _all(pattern: re.Pattern[Any], text: Any) -> None:
    pattern.fullmatch(text)
    pattern.findall(text)


def test_a_page_of_begun_tables_is_read_once() -> None:
    child = multiprocessing.get_context("fork").Process(target=_part)
    child.start()
    child.join(SECONDS)
    hangs = child.is_alive()
    child.kill()
    child.join()
    assert not hangs


def _part() -> None:
    with pytest.raises(ValueError, match="no place"):
        markdown.part(markdown._END + f"{markdown._BEGIN}-->" * (N // 8))
