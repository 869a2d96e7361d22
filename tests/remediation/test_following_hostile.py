"""Sources made to be hard to follow: each is read in bounded time, and no read of it is lost.

What is beyond a bound stays a read whose key is not known, as any that is worked out when the
program runs.
"""

import resource
import signal
from collections.abc import Callable, Mapping
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import pytest

from hushflake.remediation.inventory.collect import collect
from hushflake.remediation.inventory.following import imports

# Of the processor, on a machine that does other work too. Before the bounds most of these took
# minutes, and some did not end.
SECONDS = 20
_OS = "import os\n"
_F = f"{_OS}def f(name):\n    return os.getenv(name)\n"
_READS = "        return os.getenv(name)\n"
_GET = f"    def get(self, name):\n{_READS}"


class Seen(NamedTuple):
    """What was found: keys, and how many reads of computed keys may be of any other."""

    keys: set[str]
    open: int


def _lines(line: str, count: int) -> str:
    return "".join(line.format(i=i, next=(i + 1) % count, last=max(i - 1, 0)) for i in range(count))


def _one_name() -> str:
    return _OS + _lines("def f(name):\n    return os.getenv(name)\nf('K{i}')\n", 2000)


def _one_name_of_nothing() -> str:
    return _F + "def f(): ...\n" * 2500 + _lines("f('K{i}')\n", 2500)


def _one_method() -> str:
    return f"{_OS}class C:\n" + _GET * 1500 + _lines("C().get('K{i}')\n", 1500)


def _one_class() -> str:
    return _OS + f"class C:\n{_GET}" * 1500 + _lines("C().get('K{i}')\n", 1500)


def _many_classes() -> str:
    return _OS + _lines("class C{i}:\n" + _GET + "C{i}().get('K{i}')\n", 2000)


def _many_methods() -> str:
    methods = _lines("    def get{i}(self, name):\n" + _READS, 1500)
    return f"{_OS}class C:\n{methods}" + _lines("C().get{i}('K{i}')\n", 1500)


def _many_reads() -> str:
    reads = _lines("    v = os.getenv(name + '_{i}')\n", 2000)
    return f"{_OS}def f(name):\n{reads}    return v\nf('A')\n"


def _many_reads_and_calls() -> str:
    reads = _lines("    os.getenv(name + '_{i}')\n", 2000)
    return f"{_OS}def f(name):\n{reads}" + _lines("f('K{i}')\n", 2000)


def _chain() -> str:
    functions = _lines("def f{next}_(name):\n    return f{i}_(name)\n", 2000)
    return f"{_OS}def f0_(name):\n    return os.getenv(name)\n{functions}f1999_('K')\n"


def _each_calls_all() -> str:
    calls = _lines("    f{i}(name + 'x')\n", 100)
    return _OS + _lines("def f{i}(name):\n    os.getenv(name)\n" + calls, 100) + "f0('K')\n"


def _itself() -> str:
    return (
        f"{_OS}def f(name):\n    os.getenv(name)\n    return f\n"
         "f" + "('A')" * 90 + "\n" + _lines("f('K{i}')('L{i}')\n", 1500)
    )  # fmt: skip


def _the_next() -> str:
    functions = _lines("def f{i}(name):\n    os.getenv(name)\n    return f{next}\n", 2000)
    return _OS + functions + "f0" + "('A')" * 90 + "\n"


def _attribute_itself() -> str:
    attributes = _lines("C.a{i} = C()\n", 1500)
    return f"{_OS}class C:\n{_GET}{attributes}C" + ".a1" * 90 + ".get('K')\n"


def _attributes_of_all() -> str:
    classes = _lines("class C{i}:\n" + _GET, 60)
    attributes = "".join(f"C{i}.a{j} = C{j}\n" for i in range(60) for j in range(60))
    return f"{_OS}{classes}{attributes}C0.a1.a2.get('K')\n"


def _inherits_itself() -> str:
    return f"{_OS}class C:\n{_GET}" + "class C(C):\n    pass\n" * 1500 + "C().get('K')\n"


def _inherits_in_a_circle() -> str:
    return _OS + _lines("class C{i}(C{next}):\n" + _GET, 1000) + "C0().get('K')\n"


def _many_attributes() -> str:
    attributes = _lines("        self.p{i} = p + 'P{i}'\n", 1500)
    methods = _lines(
        "    def g{i}(self, name):\n        return os.getenv(self.p{i} + name)\n", 1500
    )
    calls = _lines("C('A').g{i}('K')\n", 1500)
    return f"{_OS}class C:\n    def __init__(self, p):\n{attributes}{methods}{calls}"


def _many_parameters() -> str:
    names = ", ".join(f"p{i}='D{i}'" for i in range(1500))
    reads = _lines("    os.getenv(p{i})\n", 1500)
    return f"{_OS}def f({names}):\n{reads}" + _lines("f('K{i}')\n", 1500)


def _large_table() -> str:
    table = ", ".join(f"'K{i}': 'V{i}'" for i in range(22_000))
    return f"{_F}D = {{{table}}}\n" + "for k, v in D.items():\n    f(v)\n" * 2000


def _entries() -> str:
    table = ", ".join(f"'K{i}': 'V{i}'" for i in range(4000))
    return f"{_F}D = {{{table}}}\n" + _lines("f(D['K{i}'])\n", 4000)


def _lists_of_lists() -> str:
    lists = _lines("T{next} = [*T{i}, *T{i}]\n", 60)
    return f"{_F}T0 = []\n{lists}" + _lines("for x in T{i}:\n    f(x)\n", 59)


def _either_of_all() -> str:
    either = " + ".join(f"('A{i}' if x else 'B{i}')" for i in range(24))
    return f"{_F}f({either})\n" * 800


def _doubled() -> str:
    names = _lines("x{next} = f'{{x{i}}}{{x{i}}}'\n", 1500)
    return f"{_F}x0 = 'A' if x else 'B'\n{names}" + _lines("f(x{i})\n", 1499)


def _joined() -> str:
    joined = "'_'.join([" + ", ".join(["name"] * 60) + "])"
    return (
        f"{_OS}def f(name):\n    return os.getenv({joined})\n"
        f"def g(name):\n    return f({joined})\n"
        f"def h(name):\n    return g({joined})\n"
    ) + _lines("h('K{i}')\n", 1500)


def _made_longer() -> str:
    longer = f".replace('', '{'x' * 90}')" * 15
    return f"{_OS}def f(name):\n    return os.getenv(name{longer})\n" + _lines("f('K{i}')\n", 1500)


def _imported_again() -> Mapping[str, str]:
    return {"m.py": _F, "a.py": "from m import f\n" * 1500 + _lines("f('K{i}')\n", 1500)}


def _stars_in_a_circle() -> Mapping[str, str]:
    stars = _lines("from m{i} import *\n", 20)
    files = {
        f"m{i}.py": f"{_OS}{stars}def f{i}(name):\n    return os.getenv(name)\n" for i in range(20)
    }
    return {**files, "a.py": f"{stars}f3('K')\n"}


def _classes_in_a_circle() -> Mapping[str, str]:
    return {
        f"m{i}.py": f"{_OS}from m{(i + 1) % 20} import C\nclass C(C):\n{_GET}C().get('K')\n"
        for i in range(20)
    }


def _deep() -> str:
    functions = "".join(f"{' ' * i}def f{i}(a{i}):\n" for i in range(90))
    return f"{_OS}{functions}{' ' * 90}return os.getenv(a0 + a89)\n" + "f0(" * 90 + ")" * 90 + "\n"


def _library() -> str:
    return "from environs import Env\nenv = Env()\n" + _lines("env.str('K{i}')\n", 22_000)


CASES: list[Callable[[], str | Mapping[str, str]]] = [
    _one_name, _one_name_of_nothing, _one_method, _one_class, _many_classes, _many_methods,
    _many_reads, _many_reads_and_calls, _chain, _each_calls_all, _itself, _the_next,
    _attribute_itself, _attributes_of_all, _inherits_itself, _inherits_in_a_circle,
    _many_attributes, _many_parameters, _large_table, _entries, _lists_of_lists, _either_of_all,
    _doubled, _joined, _made_longer, _imported_again, _stars_in_a_circle, _classes_in_a_circle,
    _deep, _library,
]  # fmt: skip


def seen(root: Path, source: str | Mapping[str, str]) -> Seen:
    """Look at a source in a process of its own, which ends when it takes too long."""
    files = {"a.py": source} if isinstance(source, str) else source
    (root / "pyproject.toml").touch()
    for name, text in files.items():
        (root / name).write_text(text)
    receiver, sender = get_context("fork").Pipe(duplex=False)
    child = get_context("fork").Process(target=_look, args=(root, sender))
    child.start()
    sender.close()
    try:
        return Seen(*receiver.recv())
    except EOFError:
        pytest.fail(f"takes more than {SECONDS} s")
    finally:
        child.join()


def _look(root: Path, sender: "object") -> None:
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    used = int(resource.getrusage(resource.RUSAGE_SELF).ru_utime)
    resource.setrlimit(resource.RLIMIT_CPU, (used + SECONDS, used + SECONDS + 1))
    found = collect([root])
    unknown = sum(not read.followed for read in found.dynamic)
    sender.send(({key.name for key in found.read_keys}, unknown))  # type: ignore[attr-defined]


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__.strip("_"))
def test_a_hostile_source_is_read_in_time(
    tmp_path: Path, case: Callable[[], str | Mapping[str, str]]
) -> None:
    found = seen(tmp_path, case())
    assert found.keys or found.open


# What a bound cuts off is told as a read of a key that is not known.


def test_a_key_through_too_many_functions_is_not_known(tmp_path: Path) -> None:
    source = f"{_F}f('NEAR')\ndef g(n): return f(n)\ndef h(n): return g(n)\nh('FAR')\n"
    assert seen(tmp_path, source) == Seen({"NEAR", "FAR"}, 0)
    further = source + "def i(n): return h(n)\ni('FURTHER')\n"
    assert seen(tmp_path, further) == Seen({"NEAR", "FAR"}, 1)


def test_a_name_defined_too_often_is_not_known(tmp_path: Path) -> None:
    few = _lines("def f(name):\n    return os.getenv(name)\nf('K{i}')\n", 60)
    assert seen(tmp_path, _OS + few).keys == {f"K{i}" for i in range(60)}
    # The last definitions, which alone count when the program has run, read the last key.
    assert seen(tmp_path, _OS + few * 2 + "f('LAST')\n").open >= 60


def test_more_uses_of_a_library_than_are_followed_are_not_known(tmp_path: Path) -> None:
    assert seen(tmp_path, _library()).open == 1
    found = collect([tmp_path])
    (read,) = found.dynamic
    assert read.reader == "environs"
    assert "more often than can be followed" in found.skipped[0].reason


def test_a_list_that_is_too_long_is_not_known(tmp_path: Path) -> None:
    names = ", ".join(f"'K{i % 10}'" for i in range(210))
    source = f"{_F}for each in [{names}, 'LATE']:\n    f(each)\n"
    assert seen(tmp_path, source).open >= 1


def test_an_object_that_has_itself_is_followed(tmp_path: Path) -> None:
    made = "    def make(self):\n        self.inner = C()\n"
    calls = "C().inner.get('A')\nC().inner.inner.inner.get('B')\n"
    assert seen(tmp_path, f"{_OS}class C:\n{_GET}{made}{calls}") == Seen({"A", "B"}, 0)


def test_remarks_between_imported_names_are_read_once() -> None:
    text = b"(a, " + b"#" * 5000 + b"\n)"
    assert imports._NAME.findall(text) == [b"a"]
