"""The findings as JUnit XML, which CI services show as failed tests.

A test case per finding, `skipped` for a note, `error` for a file that could not be checked. The
names of the cases hold no line, so that services recognise them in the next run. The elements are
those of the schema that Jenkins reads by; GitLab reads the same.
https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd
https://docs.gitlab.com/ci/testing/unit_test_reports/
"""

from collections.abc import Iterator
from html import escape

from hushflake.terminal.escape import visible

from ..finding import ERROR, Finding, Skipped
from ..identity import identified, relative
from ..outcome import Outcome

IS_JSON = False


def report(outcome: Outcome, **_: bool) -> Iterator[str]:
    """Yield the document. Without findings it has one case, which passed."""
    cases = [_finding(*pair) for pair in identified(outcome.findings)]
    cases += [_skipped(each) for each in outcome.skipped]
    failures = sum(finding.severity == ERROR for finding in outcome.findings)
    errors = sum(each.failed for each in outcome.skipped)
    notes = len(cases) - failures - errors
    if not cases:
        cases = [_element("testcase", {"classname": "hushflake", "name": "hushflake check"})]
    counts = {"tests": str(len(cases)), "failures": str(failures), "errors": str(errors)}
    suite = {"name": "hushflake", **counts, "skipped": str(notes)}
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield _opening("testsuites", {"name": "hushflake", **counts})
    yield _opening("testsuite", suite)
    yield from cases
    yield "</testsuite>"
    yield "</testsuites>"


def _finding(finding: Finding, identity: tuple[str, ...]) -> str:
    path, code, scope, target, number = identity
    name = " ".join(filter(None, (code, target, f"in {scope}" if scope else "")))
    if number != "1":
        name += f" ({number})"
    place = f"{path}:{finding.place}"
    kind = "failure" if finding.severity == ERROR else "skipped"
    text = f"{place}: {code} {finding.message}"
    facts = {"type": code, "message": f"{code} {finding.message}"}
    inner = _element(kind, facts, text)
    return _element("testcase", {"classname": path, "name": name}, inner=inner)


def _skipped(skipped: Skipped) -> str:
    path = relative(skipped.path)
    text = f"{path}:{skipped.line}:{skipped.column}: not checked: {skipped.message}"
    kind = "error" if skipped.failed else "skipped"
    facts = {"type": skipped.kind, "message": f"not checked: {skipped.message}"}
    inner = _element(kind, facts, text)
    return _element("testcase", {"classname": path, "name": "is checked"}, inner=inner)


def _opening(tag: str, attributes: dict[str, str]) -> str:
    told = "".join(f' {name}="{_text(value)}"' for name, value in attributes.items())
    return f"<{tag}{told}>"


def _element(tag: str, attributes: dict[str, str], text: str = "", *, inner: str = "") -> str:
    return f"{_opening(tag, attributes)}{_text(text)}{inner}</{tag}>"


def _text(text: str) -> str:
    """Return text for XML 1.0, which has no place for most control characters."""
    return escape(visible(text)).encode("ascii", "xmlcharrefreplace").decode("ascii")
