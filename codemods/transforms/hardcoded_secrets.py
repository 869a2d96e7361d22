"""Read secrets from the configuration instead of holding them in the source.

Whoever can read the source has them. https://cwe.mitre.org/data/definitions/798.html

The transform only rewrites: `remediation.repair` puts the values into a store first, and hands over
what they are called there. Alone, it names the secrets of each file by themselves.
"""

from hushflake.lint_plugin import registry
from hushflake.lint_plugin.credentials.names import Names
from hushflake.lint_plugin.module import Module
from hushflake.lint_plugin.settings import Policy
from hushflake.lint_plugin.sites import MOVED

from ..patch import Patch
from ..secrets.choosing import alone
from ..secrets.model import Choices, Found, Spot
from ..secrets.rewriting import rewrite
from ..secrets.spots import is_distinct, spots
from ..transform import Job, Transform


class HardcodedSecrets(Transform):
    """Literals that the rules HSF301 to HSF306 flag become reads; in tests they become fakes."""

    summary = "hard-coded secrets go to a store (--to) and become reads; in tests, fakes"
    opt_in = True
    # Before the others: what it leaves of a read is theirs.
    order = 10

    def __init__(self, choices: Choices | None = None) -> None:
        """Make the transform of a run.

        Args:
            choices: What the secrets of the run are called; without it each file is for itself.
        """
        self.choices = choices

    def may_apply(self, data: bytes, policy: Policy) -> bool:
        """Ask the rules, as if it were a test: there they look at most."""
        known = [] if self.choices is None else [*self.choices.keys, *self.choices.fakes]
        if any(value.encode() in data for value in filter(is_distinct, known)):
            return True
        settings = policy.settings
        module = Module("", data, policy, Names(settings.secret_names, settings.public_names))
        module.is_test = True
        return any(registry.rule(code).applies(module) for code in sorted(MOVED))

    def patch(self, job: Job) -> Patch:
        """Rewrite what can be, and record why the rest is left."""
        choices = self.choices
        if choices is None:
            choices = alone([found_at(job, spot) for spot in spots(job)])
        known = choices.fakes if job.policy.is_test(job.relative) else choices.keys
        return rewrite(job, spots(job, list(filter(is_distinct, known))), choices)


def found_at(job: Job, spot: Spot) -> Found:
    """Return a place as the planning of a run sees it."""
    return Found(
        job.relative,
        spot.line,
        spot.column,
        spot.code,
        spot.value,
        tuple(map(job.keys.renamed, spot.names)),
        spot.key,
        job.policy.is_test(job.relative),
        spot.reason,
        (spot.line, spot.column, 0),
    )
