"""Reads whose value is put into a secret store: scripts that feed what the accessor reads from.

Rewritten, such a script would ask the store for what it is about to put there.
"""

import ast
import re

from .analysis import Access, Index, Place
from .flow import reaches

# Methods of clients that write a secret: AWS Secrets Manager and Parameter Store, Azure Key Vault,
# Google Secret Manager, HashiCorp Vault (hvac), GitHub, Kubernetes, Pulumi ESC.
_METHODS = frozenset(
    {
        *("put_secret_value", "create_secret", "update_secret", "put_parameter", "set_secret"),
        *("add_secret_version", "create_or_update_secret", "create_namespaced_secret"),
        *("patch_namespaced_secret", "replace_namespaced_secret", "update_environment"),
        *("update_environment_yaml",),
    }
)
_FUNCTIONS = frozenset({"keyring.set_password"})
# Programs that write secrets when told so by one of these words.
_PROGRAMS = frozenset(
    {
        *("esc", "pulumi", "vault", "aws", "gcloud", "az", "gh", "op", "doppler", "infisical"),
        *("kubectl", "heroku", "flyctl", "fly", "wrangler", "hushflake", "keyring", "bw"),
    }
)
_VERBS = frozenset(
    {
        *("set", "put", "create", "add", "write", "edit", "import", "config:set", "upload"),
        *("put-secret-value", "create-secret", "update-secret", "put-parameter", "patch"),
    }
)
# Apart from each other: a search that may begin with a quote alone is ten times as fast as one that
# may begin with any letter, and each method holds one of a few words.
_PROGRAM = re.compile(rb"[\"'](?:%s)[\"' ]" % "|".join(sorted(_PROGRAMS)).encode())
_WORDS = (b"secret", b"put_parameter", b"update_environment", b"keyring")
_METHOD = re.compile(rb"\b(?:%s|keyring)\b" % "|".join(sorted(_METHODS)).encode())


def feeds_store(index: Index, read: Access) -> bool:
    """Say whether the value of a read comes to a call that writes it into a secret store."""

    def sink(place: Place, inner: ast.AST) -> str:
        node = place.node
        if not isinstance(node, ast.Call) or inner is node.func:
            return ""
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in _METHODS and isinstance(node.func, ast.Attribute):
            return "stored"
        if b"keyring" in index.source.utf8 and index.resolve(node.func) in _FUNCTIONS:
            return "stored"
        return "stored" if _tells_a_program(index, node) else ""

    return next(reaches(index, read.node, sink), None) is not None


def _tells_a_program(index: Index, call: ast.Call) -> bool:
    """Say whether a call runs a program that writes secrets: `run(["gh", "secret", "set", …])`,
    also by a name; or gives one that runs already its input.
    """
    if getattr(call.func, "attr", "") == "communicate" and isinstance(call.func, ast.Attribute):
        started = _values(index, call.func.value)
        return any(isinstance(one, ast.Call) and _tells_a_program(index, one) for one in started)
    return any(
        _writes(command) for argument in call.args[:1] for command in _values(index, argument)
    )


def _values(index: Index, node: ast.expr) -> list[ast.expr]:
    """Return what an expression may be: itself, or the values that its name is given."""
    if not isinstance(node, ast.Name):
        return [node]
    index.record([node.id])
    place = index.place(node)
    bindings = index.bindings(place) if place is not None else ()
    return [binding.value for binding in bindings if binding.value is not None]


def _writes(command: ast.expr) -> bool:
    """Say whether a command writes secrets."""
    if isinstance(command, ast.List | ast.Tuple):
        texts = [part.value for part in command.elts if isinstance(part, ast.Constant)]
        words = [text for text in texts if isinstance(text, str)]
    elif isinstance(command, ast.Constant) and isinstance(command.value, str):
        words = command.value.split()
    elif isinstance(command, ast.JoinedStr):
        texts = [part.value for part in command.values if isinstance(part, ast.Constant)]
        words = [word for text in texts if isinstance(text, str) for word in text.split()]
    else:
        return False
    return bool(words) and words[0] in _PROGRAMS and not _VERBS.isdisjoint(words[1:])


def may_write(utf8: bytes) -> bool:
    """Say from the bytes of a file whether it may write a secret store."""
    if any(word in utf8 for word in _WORDS) and _METHOD.search(utf8) is not None:
        return True
    return _PROGRAM.search(utf8) is not None
