"""Where the program starts: `check` at once, everything else through click."""

import gc
import sys

# Those of `lint_plugin.hooks.hosts`, whose hooks start as fast as `check`.
_ASSISTANTS = ("claude-code", "codex", "copilot", "cursor")


def main() -> int:
    """Run the command line of this process and return its exit code."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["check"]:
        from .check_line import parse, run

        values = parse(arguments[1:])
        if values is not None:
            # What a run makes lives to its end; the loops over files collect by themselves.
            gc.disable()
            try:
                return run(values)
            except BrokenPipeError:
                sys.stderr.close()
                return 0
            except (Exception, KeyboardInterrupt) as error:
                from .errors import report

                return report(error)
    is_hook = arguments[:2] == ["hook", "run"] and "".join(arguments[2:3]) in _ASSISTANTS
    if is_hook and arguments[3:] in ([], ["--known"]):
        from .hook_line import read_input
        from .hook_line import run as run_hook

        return run_hook(arguments[2], read_input(), known=bool(arguments[3:]))
    from .main import main as through_click

    return through_click()


if __name__ == "__main__":
    sys.exit(main())
