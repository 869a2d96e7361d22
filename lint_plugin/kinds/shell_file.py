"""Scripts of the shell: what they export, and what they give to commands."""

from ._configuration import Configuration


class Shell(Configuration):
    name = "shell"
    suffixes = (".sh", ".bash", ".zsh", ".ksh")
    names = (".bashrc", ".profile", ".bash_profile", ".zshrc")
    programs = ("sh", "bash", "zsh", "ksh", "dash", "ash")
    form = "shell"
    instead = "a variable that the caller sets"
