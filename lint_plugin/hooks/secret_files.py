"""Files that hold secrets, known by their names alone: nothing is opened or looked for.

Names: those that the pre-commit hook `hushflake-no-dotenv` refuses; private keys of ssh-keygen(1)
and their usual endings; where curl, PostgreSQL, MySQL, npm, twine, git, Docker, kubectl, AWS and
Google Cloud keep credentials by their own documentation.
"""

import re
from fnmatch import fnmatchcase

# A word of the name says that it is a template, public, encrypted, or source code.
_HARMLESS = re.compile(
    r"(?:^|[._-])(?:examples?|sample|template|tmpl|tpl|dist|schema|j2|jinja|vault|enc|age|gpg|sops"
    r"|py|pyi|js|ts|md|rst|pub|public)(?:[._-]|$)",
    re.IGNORECASE,
)
_DOTENV = re.compile(r"\.env(?:[._-].+)?|.+\.env", re.IGNORECASE)
_NAMES = re.compile(
    r"""id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?|.+\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ppk|tfstate)
    |[._]netrc|\.pgpass|\.my\.cnf|\.mylogin\.cnf|\.npmrc|\.pypirc|\.git-credentials|\.htpasswd
    |credentials\.(?:json|ya?ml|toml|ini)|application_default_credentials\.json
    |(?:client_secret|service[-_]account)[\w.-]*\.json|secrets?\.(?:json|ya?ml|toml|ini)""",
    re.VERBOSE | re.IGNORECASE,
)
# Certificates are public, and so is a bundle of them.
_CERTIFICATE = re.compile(r"(?:^|[._-])(?:ca|cacert|certs?|chain|fullchain|bundle)[._-].*pem$")
_IN_FOLDERS = re.compile(
    r"(?:^|/)(?:\.aws/credentials|\.docker/config\.json|\.kube/config|\.config/gh/hosts\.yml)$"
    # The environment of a process, proc(5).
    r"|^/proc/[^/]+/environ$"
)
# What a pattern of a shell may stand for: of these it must be meant, not merely matched.
_SAMPLES = (
    *(".env", ".env.local", ".env.production", ".netrc", ".pgpass", "prod.env"),
    *("id_rsa", "id_ed25519", "server.pem", "server.key"),
)
# Between a folder and a name.
_WINDOWS = re.compile(r"(?<=[\w:.~])\\(?=[\w.~])")
_LONGEST = 4096
WILDCARDS = "*?["


def holds_secrets(path: str) -> bool:
    """Say whether a path, or a pattern of paths, names a file that holds secrets."""
    path = _WINDOWS.sub("/", unquoted(path)).rstrip("/")
    name = path.rpartition("/")[2]
    # A backslash that parts no folders stands in a pattern: `\\.env` is looked for, not read.
    if not path or len(path) > _LONGEST or "\\" in name:
        return False
    if any(character in name for character in WILDCARDS):
        return _means_one(name)
    if _HARMLESS.search(name):
        return False
    if _IN_FOLDERS.search(path) or _DOTENV.fullmatch(name):
        return True
    return _NAMES.fullmatch(name) is not None and not _CERTIFICATE.search(name.lower())


def unquoted(path: str) -> str:
    """Return a path that may be spelled as an address: `file:///a/%2Eenv` is `/a/.env`."""
    if "%" not in path:
        return path.removeprefix("file://")
    from urllib.parse import unquote

    return unquote(path.removeprefix("file://"))


def _means_one(pattern: str) -> bool:
    """Say whether a pattern is about such files: `.en*` is, `*` and `*.json` are not."""
    literal = re.sub(r"\[[^\]]*\]|[*?]", "", pattern)
    # A leading dot is matched by a dot alone, as in a shell: `.*` is about such files, `*` is not.
    return (len(literal) >= 2 or pattern.startswith(".")) and any(
        fnmatchcase(sample, pattern) and (sample[0] != "." or pattern[0] in ".[")
        for sample in _SAMPLES
    )
