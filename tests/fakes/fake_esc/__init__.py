"""A Pulumi ESC service for tests: over HTTP, on the loopback interface, in this process.

    with FakeEsc() as esc:
        esc.save("acme/shop/prod", "values: {environmentVariables: {A: b}}")
        client = EscClient(esc.token, url=esc.url)

It stores revisions with tags, encrypts `fn::secret` on saving, evaluates interpolation, imports
and the common functions by the rules of the published evaluator, and answers in the shapes of the
published OpenAPI description (`shapes`), to which its own answers are held as they are sent.
`esc.faults` makes it misbehave.
"""

from .server import FakeEsc, Fault
from .store import Store

__all__ = ["FakeEsc", "Fault", "Store"]
