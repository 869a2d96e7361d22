"""Masking policies on tags: deployed, changed by hand, replaced and taken away."""

from desk import Desk, lines

_POLICY = (
    "- {{kind: masking_policy, name: S.{0}, arguments: [{{name: V, type: {1}}}], "
    "returns: {1}, body: {2}}}"
)
POLICIES = lines(
    "- {kind: schema, name: S}",
    _POLICY.format("HIDE", "string", "\"'***'\""),
    _POLICY.format("BLUR", "string", "\"'?'\""),
    _POLICY.format("ZERO", "int", "'0'"),
)
TABLE = lines(
    "- kind: table",
    "  name: S.T",
    "  columns: [{name: A, type: string}, {name: N, type: int}]",
    "  tags: [{tag: S.PII, value: x}]",
)


def tag(*policies: str) -> str:
    return f"- {{kind: tag, name: S.PII, masking_policies: [{', '.join(policies)}]}}\n"


def test_a_tag_masks_what_bears_it_and_is_kept_as_declared(desk: Desk) -> None:
    both = POLICIES + tag("S.HIDE", "S.ZERO") + TABLE
    desk.deploy(both)
    desk.execute(f"INSERT INTO {desk.name}.S.T VALUES ('a', 1)")
    shown = f"SELECT A || N AS X FROM {desk.name}.S.T"
    assert desk.values(shown) == ["***0"]
    assert desk.pending() == []

    pii = f"{desk.name}.S.PII"
    desk.execute(f"ALTER TAG {pii} UNSET MASKING POLICY {desk.name}.S.ZERO")
    (drifted,) = desk.plan().plan.operations
    assert (drifted.action, drifted.cause) == ("set_policies", "drift")
    desk.deploy(both)
    assert desk.values(shown) == ["***0"]

    # What is replaced is never unprotected; what it left behind is dropped in the same plan.
    less = POLICIES.replace(POLICIES.splitlines()[1] + "\n", "")
    desk.declare(less + tag("S.BLUR") + TABLE)
    changed, dropped = desk.plan().plan.operations
    assert (changed.action, dropped.id) == (
        "set_policies",
        f"drop masking_policy {desk.name}.S.HIDE",
    )
    assert dropped.depends_on == (changed.id,)
    desk.deploy(less + tag("S.BLUR") + TABLE)
    assert desk.values(shown) == ["?1"]
    assert desk.pending() == []

    desk.deploy(
        POLICIES.splitlines()[0] + "\n" + TABLE.replace("  tags: [{tag: S.PII, value: x}]\n", "")
    )
    assert desk.values(shown) == ["a1"]
    assert desk.query(f"SHOW TAGS IN DATABASE {desk.name}") == []
