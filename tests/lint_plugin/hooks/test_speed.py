"""An assistant waits for its hook at each tool call: measured against a bare start of Python."""

import json
import resource
import subprocess
import sys

import pytest


def seconds(*arguments: str, stdin: bytes = b"", times: int = 7) -> float:
    """Return the least processor time of a process, in seconds."""
    found = []
    for _ in range(times):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *arguments], input=stdin, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(found)


def event(**tool_input: str) -> bytes:
    facts = {"hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": tool_input}
    return json.dumps(facts).encode()


def test_a_call_that_passes_costs_little_more_than_python() -> None:
    run = ("-P", "-m", "hushflake.cli.start", "hook", "run", "claude-code")
    bare = seconds("-P", "-c", "pass")
    # 1.6 where it was measured.
    assert seconds(*run, stdin=event(command="git status")) < 3 * bare


@pytest.mark.parametrize("text", ["x = 1\n" * 150_000, "see https://example.com/a\n" * 40_000])
def test_a_megabyte_is_searched_in_seconds(text: str) -> None:
    from hushflake.lint_plugin.hooks.call import Call
    from hushflake.lint_plugin.hooks.judge import judge

    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    assert judge(Call("Write", {"content": text})) is None
    assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - before < 5


def test_what_is_not_looked_into_holds_no_credential() -> None:
    """Each invalid example of the rules holds what sends a text to them."""
    from hushflake.lint_plugin.hooks.carried import RULES, _may_hold
    from hushflake.lint_plugin.registry import rule

    for code in ("HSF302", "HSF303"):
        assert code in RULES
        for example in rule(code).INVALID:
            source = example if isinstance(example, str) else example.source
            assert _may_hold(source), source
