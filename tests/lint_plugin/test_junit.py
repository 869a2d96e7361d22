"""JUnit XML against the elements and attributes of the schema that Jenkins reads by."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

Check = Callable[..., Any]

# Element -> its attributes, the required ones marked, and the elements in it. From junit-10.xsd of
# https://github.com/jenkinsci/xunit-plugin, which pytest tests its own reports against.
SCHEMA = {
    "testsuites": ("name time tests failures errors", "testsuite"),
    "testsuite": (
        "name! tests! failures! errors! group time skipped timestamp hostname id package",
        "testsuite properties testcase system-out system-err",
    ),
    "testcase": ("name! time classname group", "skipped error failure system-out system-err"),
    "failure": ("type message", ""),
    "error": ("type message", ""),
    "skipped": ("type message", ""),
}


def mistakes(element: ET.Element) -> list[str]:
    """Return what the schema does not allow in an element."""
    attributes, inner = SCHEMA[element.tag]
    known = attributes.replace("!", "").split()
    required = {name[:-1] for name in attributes.split() if name.endswith("!")}
    wrong = [f"{element.tag}: {name}" for name in element.attrib if name not in known]
    wrong += [f"{element.tag} without {name}" for name in required - element.attrib.keys()]
    for child in element:
        if child.tag in inner.split():
            wrong += mistakes(child)
        else:
            wrong.append(f"{child.tag} in {element.tag}")
    return wrong


def report(check: Check, *args: str) -> ET.Element:
    root = ET.fromstring(check("--format", "junit", *args).stdout)
    assert mistakes(root) == []
    [suite] = root
    cases = suite.findall("testcase")
    assert suite.get("tests") == root.get("tests") == str(len(cases))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert suite.get(attribute) == str(len(suite.findall(f"testcase/{tag}")))
    names = [(case.get("classname"), case.get("name")) for case in cases]
    assert len(set(names)) == len(names)
    return suite


def test_a_case_a_finding(project: Path, check: Check) -> None:
    (project / "test_it.py").write_text("password = 'hunter" + "2'\n", encoding="utf-8")
    first, second = report(check, "./app.py", "test_it.py")
    assert first.attrib == {"classname": "app.py", "name": "HSF101 URL"}
    [failure] = first
    assert failure.attrib["type"] == "HSF101"
    assert failure.text == f"app.py:3:7: {failure.attrib['message']}"
    [note] = second
    assert note.tag == "skipped"


def test_without_findings_one_case_passes(check: Check) -> None:
    [case] = report(check, "clean.py")
    assert (case.get("name"), list(case)) == ("hushflake check", [])


def test_names_survive_moved_lines(project: Path, check: Check) -> None:
    source = "import os\nA = os.getenv('A')\nB = os.getenv('A')\n"
    (project / "app.py").write_text(source, encoding="utf-8")
    before = [case.get("name") for case in report(check, "app.py")]
    assert before == ["HSF101 A", "HSF101 A (2)"]
    (project / "app.py").write_text("# moved\n" + source, encoding="utf-8")
    assert [case.get("name") for case in report(check, "app.py")] == before


def test_what_was_not_checked(project: Path, check: Check) -> None:
    (project / "broken.py").write_text("def f(:\n    os.environ\n", encoding="utf-8")
    os.mkfifo(project / "pipe.py")
    broken, pipe = report(check, "broken.py", "pipe.py")
    [note] = broken
    assert note.tag == "skipped"
    assert "not checked" in note.attrib["message"]
    assert [each.tag for each in pipe] == ["error"]


@pytest.mark.parametrize("name", ['a & <b> "c".py', "\x1b[2J.py", "ü.py"])
def test_any_name_is_text(project: Path, check: Check, name: str) -> None:
    (project / name).write_text("import os\nos.getenv('<&>\\x01')\n", encoding="utf-8")
    [case] = report(check, name)
    assert case.get("classname") == name.replace("\x1b", r"\x1b")


def test_the_table_refuses_what_is_wrong() -> None:
    wrong = ET.fromstring("<testsuite name='x' line='1'><failure/></testsuite>")
    assert len(mistakes(wrong)) == 5
