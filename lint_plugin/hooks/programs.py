"""What common programs do with the files among their arguments: which they may show.

Whatever is not listed here may read every file that it is given.
"""

from collections.abc import Callable, Sequence

# They name, count, list, move the marks of, or delete a file, write to it, or print text of their
# own; `ssh-keygen` and `ssh-add` show no private key.
_SHOW_NOTHING = frozenset(
    "[ [[ : basename chmod chown dirname du echo false file hushflake locate ls md5sum mkdir "
    "printf readlink realpath rm rmdir sha256sum shred ssh-add ssh-keygen stat tee test touch tree "
    "true unlink wc which".split()
)
# What they print may be names of files, which another program then reads.
_NAMES = frozenset("basename dirname echo fd find locate ls printf readlink realpath".split())
_GIT = frozenset("check-ignore commit ls-files rm status update-index".split())
_SHOWS_CHANGES = ("-p", "-u", "--patch", "-c", "--cc", "-L", "-G", "-S")
# Tests of `find`, of which the name alone is asked.
_FINDS_CONTENT = frozenset({"-exec", "-execdir", "-ok", "-okdir", "-files0-from"})
# The same of `fd`, in one letter too.
_RUNS = ("-x", "-X", "--exec", "--exec-batch")
# Options of programs that show nothing else: the lines of a file are names, and are shown.
_LISTS = {
    "file": ("-f", "--files-from"),
    "wc": ("--files0-from",),
    "du": ("--files0-from", "-X", "--exclude-from"),
    "tree": ("--fromfile", "--fromtabfile"),
    "md5sum": ("-c", "--check"),
    "sha256sum": ("-c", "--check"),
}
# The first argument is what they look for, or what they take out of a file.
_SEARCH = frozenset("ag egrep fgrep grep jq rg yq zgrep".split())
_PATTERN_GIVEN = ("-e", "-f", "--regexp", "--file")
# The last argument is what they write.
_COPY = frozenset("cp install mv rsync".split())
# Option -> the programs that take a key or a configuration by it, and do not show it.
_TAKEN_BY = {
    "-i": frozenset("rsync scp sftp ssh ssh-copy-id".split()),
    "--kubeconfig": frozenset("helm k9s kubectl kustomize".split()),
    "-out": frozenset({"openssl"}),
}
_NESTED = ("$(", "`")


def may_read(program: str, arguments: Sequence[str], *, names_go_on: bool = False) -> list[str]:
    """Return the arguments that may be files of which a program shows something.

    Args:
        program: Its name, without folders.
        arguments: Its arguments.
        names_go_on: Whether names that it prints are read by another program, such as `xargs`.
    """
    if program in _NAMES and names_go_on:
        return list(arguments)
    if any(word.startswith(_LISTS.get(program, ())) for word in arguments):
        return list(arguments)
    if program in _SHOW_NOTHING:
        return _nested(arguments)
    special = _SPECIAL.get(program)
    if special is not None:
        return special(arguments)
    if program in _SEARCH:
        return _searched(arguments)
    if program in _COPY:
        return _copied(_without_values(program, arguments))
    return _without_values(program, arguments)


def _nested(arguments: Sequence[str]) -> list[str]:
    """Return the arguments that hold a command: `echo $(cat .env)`."""
    return [word for word in arguments if any(sign in word for sign in _NESTED)]


def _git(arguments: Sequence[str]) -> list[str]:
    verb = next((word for word in arguments if not word.startswith("-")), "")
    quiet = verb == "log" and not any(word.startswith(_SHOWS_CHANGES) for word in arguments)
    return _nested(arguments) if quiet or verb in _GIT else list(arguments)


def _find(arguments: Sequence[str]) -> list[str]:
    return _nested(arguments) if _FINDS_CONTENT.isdisjoint(arguments) else list(arguments)


def _fd(arguments: Sequence[str]) -> list[str]:
    return list(arguments) if any(word.startswith(_RUNS) for word in arguments) else []


_SPECIAL: dict[str, Callable[[Sequence[str]], list[str]]] = {"git": _git, "find": _find, "fd": _fd}


def _searched(arguments: Sequence[str]) -> list[str]:
    if any(word.startswith(_PATTERN_GIVEN) for word in arguments):
        return list(arguments)
    pattern = next((at for at, word in enumerate(arguments) if not word.startswith("-")), None)
    return [word for at, word in enumerate(arguments) if at != pattern or _nested([word])]


def _copied(arguments: Sequence[str]) -> list[str]:
    if any(word.startswith(("-t", "--target-directory")) for word in arguments):
        return list(arguments)
    files = [at for at, word in enumerate(arguments) if not word.startswith("-")]
    target = files[-1] if len(files) > 1 else None
    return [word for at, word in enumerate(arguments) if at != target or _nested([word])]


def _without_values(program: str, arguments: Sequence[str]) -> list[str]:
    left: list[str] = []
    taken = False
    for word in arguments:
        option, _, value = word.partition("=")
        by_option = program in _TAKEN_BY.get(option, ())
        if not taken and not (by_option and value):
            left.append(word)
        taken = by_option and not value
    return left
