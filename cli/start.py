"""Where the program starts: `check` at once, everything else through click."""

import gc
import sys


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
    from .main import main as through_click

    return through_click()


if __name__ == "__main__":
    sys.exit(main())
