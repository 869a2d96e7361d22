"""Programs whose own readers of .env files are known, so that nothing else they start counts."""

from collections.abc import Iterable

from .commands import Command

# Python's programs: what they read is in the Python files.
_PYTHON = frozenset(
    {
        *(
            "python",
            "python3",
            "uv",
            "poetry",
            "pipenv",
            "pdm",
            "hatch",
            "rye",
            "tox",
            "nox",
            "pip",
        ),
        *(
            "pytest",
            "flask",
            "django-admin",
            "uvicorn",
            "gunicorn",
            "hypercorn",
            "daphne",
            "celery",
        ),
        *("ruff", "mypy", "black", "isort", "flake8", "pylint", "pre-commit", "alembic", "mkdocs"),
        *("fastapi", "streamlit", "hushflake", "pip3", "coverage", "pyright", "twine", "rq"),
    }
)
# Read by a reader of this folder: Compose, and what npm starts.
_READ = frozenset(
    {"docker", "docker-compose", "npm", "npx", "yarn", "pnpm", "node", "bun", "make", "just"}
)
_PLAIN = frozenset(
    {
        *("cd", "echo", "printf", "rm", "mkdir", "cp", "mv", "touch", "cat", "ls", "true", "false"),
        *("test", "[", "[[", "exit", "sleep", "set", "source", ".", "git", "find", "grep", "sed"),
        *("chmod", "for", "done", "fi", "}", "which", "kill", "wait", "trap", "return", "sh"),
        *("bash", "tail", "head", "sort", "xargs", "open", "tr", "cut", "awk", "shift"),
    }
)
_KNOWN = _PYTHON | _READ | _PLAIN


def unknown(found: Iterable[Command]) -> str:
    """Return the first program of which nothing is known that it reads, "" for none."""
    for command in found:
        name = command.program.removesuffix(".exe")
        is_known = name in _KNOWN or name.startswith(("python3.", "python", "$", "*", "./"))
        if name and not is_known and not name.endswith((".py", ".sh")):
            return name
    return ""
