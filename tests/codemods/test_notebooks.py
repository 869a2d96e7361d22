"""Notebooks under the codemod: what differs is what was meant, and everything else is bytes."""

import ast
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hushflake.codemods.diffs import Diff
from hushflake.codemods.feeding import Feeding
from hushflake.codemods.keys import KeyNames
from hushflake.codemods.rewrite import Outcome, Rewriter
from hushflake.codemods.transforms import all_transforms
from hushflake.lint_plugin.analysis.source import ParseFailure, parse
from hushflake.lint_plugin.settings import Policy, Settings
from tests.fakes.bounded import cpu_within

CASES = Path(__file__).parent / "cases"
# Those that ask nothing but the module itself.
TRANSFORMS = ("environment_reads", "dotenv_loaders", "secret_defaults", "accessor_imports")
MODULES = [path for name in TRANSFORMS for path in sorted((CASES / name).glob("*.before.py"))]

VARIANTS = [
    {"indent": 1, "ensure_ascii": False},
    {"indent": 1, "ensure_ascii": True},
    {"indent": None},
    {"indent": "\t", "separators": (" ,", " :\t")},
]


def rewrite(transform: str, data: bytes, path: str = "module.py") -> Outcome:
    chosen = [known for known in all_transforms() if known.name == transform]
    accessor = "app.config" if transform == "accessor_imports" else Settings().accessor
    policy = Policy(Settings(accessor=accessor))
    return Rewriter(chosen, policy, KeyNames(), feeding=Feeding(forced=True)).rewrite(data, path)


def document(cells: list[str], *, as_list: bool = True) -> dict[str, Any]:
    rows = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"c{number}",
            "metadata": {"a": 1.50, "é": "\\u00e9"},
            "outputs": [{"output_type": "stream", "name": "stdout", "text": ["import os\n"]}],
            "source": lines(cell) if as_list else cell,
        }
        for number, cell in enumerate(cells)
    ]
    text = {"cell_type": "markdown", "metadata": {}, "source": ["`os.getenv('A')`"]}
    return {"cells": [text, *rows], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def lines(text: str) -> list[str]:
    """Split as Jupyter does, at the ends that Python knows in source."""
    return [line.decode() for line in text.encode().splitlines(keepends=True)]


def sources(data: bytes) -> list[str]:
    """Return the sources of the code cells."""
    cells = json.loads(data)["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def emptied(data: bytes) -> Any:
    """Return what a notebook holds, without the sources of its code cells."""
    held = json.loads(data)
    for cell in held["cells"]:
        if cell["cell_type"] == "code":
            assert isinstance(cell["source"], list | str)
            cell["source"] = type(cell["source"])()
    return held


def pieces(source: str, random: random.Random) -> Iterator[str]:
    """Part a module into cells between statements."""
    tree = ast.parse(source)
    cuts = [0]
    split = lines(source)
    for above, node in zip(tree.body, tree.body[1:], strict=False):
        first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
        if (above.end_lineno or 0) < first and random.random() < 0.4:
            cuts.append(first - 1)
    for start, end in zip(cuts, [*cuts[1:], len(split)], strict=True):
        yield "".join(split[start:end])


@pytest.mark.parametrize("path", MODULES, ids=lambda p: f"{p.parent.name}-{p.name.split('.')[0]}")
def test_cells_become_what_a_module_becomes(path: Path) -> None:
    """Every case of the transforms, cut into cells, written in every way that JSON can be."""
    data = path.read_bytes()
    source = parse(data)
    if (
        isinstance(source, ParseFailure)
        or "\f" in source.utf8.decode()
        or source.encoding != "utf-8"
    ):
        pytest.skip("no cells of it")
    chance = random.Random(path.name)
    for variant in VARIANTS:
        cells = list(pieces(source.utf8.decode(), chance))
        as_list = chance.random() < 0.7
        if chance.random() < 0.5:
            cells = [cell.rstrip("\n") for cell in cells]
        old = json.dumps(document(cells, as_list=as_list), **variant).encode()
        outcome = rewrite(path.parent.name, old, path="module.ipynb")
        assert outcome.status in ("changed", "unchanged"), outcome.message
        new = outcome.new or old
        assert emptied(new) == emptied(old)
        expected = (
            rewrite(path.parent.name, "\n".join(cells).encode()).new or "\n".join(cells).encode()
        )
        assert dumped("\n".join(sources(new))) == dumped(expected.decode())
        if as_list:
            for cell in json.loads(new)["cells"]:
                # A string a line, and no empty one.
                assert cell["source"] == lines("".join(cell["source"]))
        assert_only_sources_differ(old, new)


def dumped(source: str) -> str:
    return ast.dump(ast.parse(source))


def assert_only_sources_differ(old: bytes, new: bytes) -> None:
    """Outside the strings of cells, the bytes are the same."""
    for data in (old, new):
        assert json.loads(data)
    kept = [b'"metadata"', b'"outputs"', b'"execution_count"', b'"id"', b'"nbformat"']
    assert [old.count(word) for word in kept] == [new.count(word) for word in kept]
    head, tail = old[: old.index(b'"c0"')], old[old.rindex(b"]") :]
    assert new.startswith(head)
    assert new.endswith(tail)


def changed(source: str | list[str], **more: Any) -> bytes:
    cells = [{"cell_type": "code", "source": source}]
    data = json.dumps(
        {"cells": cells, "nbformat": 4, **more}, indent=1, ensure_ascii=False
    ).encode()
    outcome = rewrite("environment_reads", data, path="nb.ipynb")
    assert outcome.new is not None, outcome
    return outcome.new


def test_escapes_around_a_change_stay() -> None:
    old = (
        b'{"nbformat":4,"cells":[{"cell_type":"code","source":["import os\\r\\n",'
        b'"\\u0078 = \\"\\u00e9\\/\\ud83d\\ude00\\", '
        b'os.getenv(\\u0022A\\u0022), \\u0027\\u00e9\\u0027"]}]}\n\n'
    )
    new = rewrite("environment_reads", old, path="nb.ipynb").new
    assert new is not None
    assert new.count(b'"\\u0078 = \\"\\u00e9\\/\\ud83d\\ude00\\", get_config_value(') == 1
    assert new.endswith(b', \\u0027\\u00e9\\u0027"]}]}\n\n')
    assert sources(new)[0].splitlines()[-1] == 'x = "é/😀", get_config_value("A"), \'é\''


def test_a_byte_order_mark_and_no_last_newline_stay() -> None:
    old = b'{"cells":[{"cell_type":"code","source":"import os\\nos.getenv(1)"}],"nbformat":4}'
    old = b"\xef\xbb\xbf" + old.replace(b"1)", b"'A')")
    new = rewrite("environment_reads", old, path="nb.ipynb").new
    assert new is not None
    assert new.startswith(b'\xef\xbb\xbf{"cells":[{"cell_type":"code","source":"from hushflake')
    assert new.endswith(b'get_config_value(\'A\')"}],"nbformat":4}')


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b'{"cells": [{"source": "environ"}, "nbformat": 4}', "unparsed"),
        (b'{"nbformat": 3, "worksheets": ["environ"]}', "unparsed"),
        (b'{"cells": [], "cells": [], "nbformat": 4, "metadata": "environ"}', "unparsed"),
        (
            b'{"cells": [], "nbformat": 4, "metadata": {"language_info": {"name": "environ"}}}',
            "unparsed",
        ),
        (
            b'{"cells": [{"cell_type": "markdown", "source": "environ"}], "nbformat": 4}',
            "unchanged",
        ),
    ],
)
def test_what_is_left(data: bytes, status: str) -> None:
    outcome = rewrite("environment_reads", data, path="nb.ipynb")
    assert outcome.status == status
    assert outcome.new is None


def test_a_cell_that_does_not_parse_is_said_and_keeps_the_names_it_uses() -> None:
    cells = [
        {"cell_type": "code", "source": source}
        for source in ("import os", "os.getenv('A')", "print os.name")
    ]
    data = json.dumps({"cells": cells, "nbformat": 4}).encode()
    outcome = rewrite("environment_reads", data, path="nb.ipynb")
    assert outcome.message.startswith("cell 3:1:1: ")
    assert outcome.new is not None
    assert sources(outcome.new)[0].startswith("import os\n")
    assert sources(outcome.new)[1:] == ["get_config_value('A')", "print os.name"]


def test_a_magic_that_changes_the_environment_stays_above_the_import() -> None:
    cells = [
        {"cell_type": "code", "source": source}
        for source in ("import os", "%env A=1", "os.getenv('A')")
    ]
    data = json.dumps({"cells": cells, "nbformat": 4}).encode()
    new = rewrite("environment_reads", data, path="nb.ipynb").new
    assert new is not None
    assert sources(new)[2].startswith("from hushflake.config import get_config_value\n")


def test_a_long_cell_takes_no_time() -> None:
    text = "import os\n" + "x = 1\n" * 40_000 + "y = os.getenv('A')\n"
    with cpu_within(12):
        new = changed(text)
    assert sources(new)[0].count("x = 1\n") == 40_000


@pytest.mark.parametrize("shape", ["lines", "string", "one-line"])
def test_a_diff_that_can_be_read(
    shape: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "sOme-pa55!" + "word"
    text = f"import os\r\npassword = '{secret}'\nurl = os.getenv('URL')\nprint(password)\n"
    source = text if shape == "string" else lines(text)
    output = {"output_type": "stream", "text": [f"{secret}\n"]}
    cells = [{"cell_type": "code", "outputs": [output], "source": source}]
    indent = None if shape == "one-line" else 1
    old = json.dumps({"cells": cells, "nbformat": 4}, indent=indent).encode()
    monkeypatch.chdir(tmp_path)
    outcome = rewrite("environment_reads", old, path="nb.ipynb")
    diff = Diff(Settings())
    shown = b"".join(diff.lines([outcome])).decode()
    assert secret not in shown
    assert "password = '***'" in shown
    if shape == "lines":
        assert "+    \"url = get_config_value('URL')\\n\",\n" in shown
        assert (diff.masked, diff.by_cell) == (["nb.ipynb"], [])
    else:
        assert "--- a/nb.ipynb, cell 1\n" in shown
        assert "-url = os.getenv('URL')\n+url = get_config_value('URL')\n" in shown
        assert diff.by_cell == ["nb.ipynb"]
