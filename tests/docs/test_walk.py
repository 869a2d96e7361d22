"""The harness itself: it notices what is not as the page says."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from walk import Shell, Typed, Written, missing, steps, walk


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    shell = Shell(tmp_path, {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}, seconds=20)
    yield shell
    shell.close()


PAGE = """
Text with `code`.

```yaml title="a/b.yaml"
key: value
```

```console
$ cat a/b.yaml
key: …
$ read -p "Sure? " X; echo "said $X"
? Sure? ⟶ yes
said yes
$ false
exit code 1
```

```console
$ echo one; echo two; \\
> echo three
one
three
```

<!-- test: skip: needs a network -->
```console
$ false
```

<!-- run: echo hidden > hidden.txt -->

```text
no step
```
"""


def page(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "page.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_steps() -> None:
    found = list(steps(PAGE))
    assert found[0] == Written(4, "a/b.yaml", "key: value\n")
    assert found[1] == Typed(9, "cat a/b.yaml", ("key: …",))
    assert found[2] == Typed(
        11, 'read -p "Sure? " X; echo "said $X"', ("said yes",), (("Sure?", "yes"),)
    )
    assert found[3] == Typed(14, "false", (), code=1)
    assert [step.command for step in found[4:] if isinstance(step, Typed)] == [
        "echo one; echo two; \\\necho three",
        "echo hidden > hidden.txt",
    ]


def test_a_page_that_is_true(tmp_path: Path, shell: Shell) -> None:
    walk(page(tmp_path, PAGE), shell)
    assert (tmp_path / "hidden.txt").read_text(encoding="utf-8") == "hidden\n"


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("$ echo a\nb", "without the line\nb"),
        ("$ echo b; echo a\na\nb", "without the line\nb"),
        ("$ false", "exit code 1"),
        ("$ true\nexit code 1", "exit code 0"),
    ],
)
def test_a_page_that_is_not(tmp_path: Path, shell: Shell, block: str, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        walk(page(tmp_path, f"```console\n{block}\n```\n"), shell)


def test_lines_that_are_written_over_are_gone(shell: Shell) -> None:
    printed = shell.run(Typed(1, r"printf '10 %%\r20 %%\r\033[Kdone\n'", ()))
    assert missing(("done",), printed) is None
    assert missing(("20 %",), printed) is not None
