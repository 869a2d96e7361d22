"""Users: https://docs.snowflake.com/en/sql-reference/sql/create-user

For services, which sign in with a key; no password has a place here. A user has two slots for
public keys: a new key goes into the free one, so that the old one works until it is taken out.
https://docs.snowflake.com/en/user-guide/key-pair-auth (Configuring key-pair rotation)
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Final, Literal

from ..names import QualifiedName, Sql, literal
from ..stack import Stack
from ..values import Key, Payload, Row
from .annotations import Ref, references_in
from .base import Answer, Change, Mistake, Resource, Spec
from .properties import COMMENT, Property, truth, words
from .property_kind import PropertyKind, told_by
from .reading import Query, Scope

_TOLD: Final = {"readable": False}
SLOTS: Final = ("RSA_PUBLIC_KEY", "RSA_PUBLIC_KEY_2")


@dataclass(frozen=True, slots=True, kw_only=True)
class User(Spec):
    """A user. `keys` are at most two RSA public keys: write the new one beside the old one, change
    the clients, and take the old one out. `roles` are those that it may take on."""

    type: Literal["SERVICE", "LEGACY_SERVICE", "PERSON"] = "SERVICE"
    login_name: str = ""
    display_name: str = ""
    email: str = ""
    disabled: bool = False
    default_warehouse: Annotated[QualifiedName, Ref("warehouse", external=True)] | None = None
    default_role: Annotated[QualifiedName, Ref("role")] | None = None
    default_namespace: str = ""
    network_policy: Annotated[QualifiedName, Ref("network_policy", external=True)] | None = field(
        default=None, metadata=_TOLD
    )
    roles: tuple[Annotated[QualifiedName, Ref("role")], ...] = field(default=(), metadata=_TOLD)
    keys: tuple[str, ...] = field(default=(), compare=False)
    # Fingerprints of the keys, and of those in the slots of the account.
    fingerprints: tuple[str, ...] = field(default=(), metadata={**_TOLD, "yaml": False})
    slots: tuple[str, ...] = field(default=(), compare=False, metadata={"yaml": False})


class UserKind(PropertyKind[User]):
    name = "user"
    level = "account"
    spec_type = User
    order = 34
    held_by_use = True
    show = "USERS"
    pages = False
    properties = (
        Property("type", "TYPE", always=True),
        Property("login_name", "LOGIN_NAME", "literal"),
        Property("display_name", "DISPLAY_NAME", "literal"),
        Property("email", "EMAIL", "literal"),
        Property("disabled", "DISABLED"),
        Property("default_warehouse", "DEFAULT_WAREHOUSE", "name"),
        Property("default_role", "DEFAULT_ROLE", "name"),
        Property("default_namespace", "DEFAULT_NAMESPACE", "literal"),
        Property("network_policy", "NETWORK_POLICY", "name"),
        COMMENT,
    )

    def normalise(self, spec: User) -> User:
        marks = tuple(sorted(filter(None, map(fingerprint, spec.keys))))
        return replace(
            spec,
            login_name=spec.login_name.upper(),
            default_namespace=spec.default_namespace.upper(),
            roles=tuple(sorted(spec.roles)),
            keys=tuple(map(plain_key, spec.keys)),
            fingerprints=marks or spec.fingerprints,
        )

    def check(self, name: str, spec: User, stack: Stack) -> Iterator[Mistake]:
        if len(spec.keys) > len(SLOTS):
            yield Mistake("keys", f"{len(spec.keys)} keys", "a user has at most two")
        for item in spec.keys:
            if fingerprint(item) is None:
                remedy = "write what stands between BEGIN PUBLIC KEY and END PUBLIC KEY"
                yield Mistake("keys", "this is no public key", remedy)
        if spec.default_role is not None and spec.default_role not in spec.roles:
            message = f"the default role {spec.default_role} is not among its roles"
            yield Mistake("default_role", message, f"add roles: [{spec.default_role}]")
        if spec.type == "PERSON" and spec.keys:
            yield Mistake("keys", "a person signs in by the company's sign-on", "remove keys")

    def queries(self, scope: Scope) -> Iterable[Query]:
        yield from super().queries(scope)
        for name in scope.declared.get(self.name, ()):
            for sql in (f"DESCRIBE USER {name}", f"SHOW GRANTS TO USER {name}",
                        f"SHOW PARAMETERS LIKE 'NETWORK_POLICY' IN USER {name}"):  # fmt: skip
                yield Query(sql, Key(self.name, name), optional=True)

    def read(self, answers: Sequence[Answer]) -> Iterator[Resource]:
        by_sql = {a.query.sql: a.rows for a in answers if not a.failed}
        shown = [a for a in answers if a.query.sql == f"SHOW {self.show}"]
        for resource in super().read(shown):
            name = resource.key.name
            told: dict[str, Any] = {}
            if f"DESCRIBE USER {name}" in by_sql:
                found = told_by(by_sql[f"DESCRIBE USER {name}"])
                slots = tuple(_mark(found.get(f"{slot}_FP")) for slot in SLOTS)
                told |= {"slots": slots, "fingerprints": tuple(sorted(filter(None, slots)))}
            if f"SHOW GRANTS TO USER {name}" in by_sql:
                told["roles"] = tuple(sorted(_roles(by_sql[f"SHOW GRANTS TO USER {name}"])))
            parameters = by_sql.get(f"SHOW PARAMETERS LIKE 'NETWORK_POLICY' IN USER {name}")
            if parameters is not None:
                told["network_policy"] = _policy(parameters)
            spec = replace(resource.spec, **told)
            references = tuple(references_in(spec))
            yield replace(resource, spec=spec, references=references, told=frozenset(told))

    def read_row(self, row: Row) -> User:
        warehouse, role = words(row.get("default_warehouse")), words(row.get("default_role"))
        name, kind = str(row["name"]), words(row.get("type")).upper() or "PERSON"
        login, shown = words(row.get("login_name")).upper(), words(row.get("display_name"))
        return User(
            comment=words(row.get("comment")),
            type=kind,  # type: ignore[arg-type]  # a word of SHOW USERS
            # The defaults of both are the name.
            login_name="" if login == name.upper() else login,
            display_name="" if shown == name else shown,
            email=words(row.get("email")),
            disabled=truth(row.get("disabled")),
            default_warehouse=QualifiedName.of(warehouse) if warehouse else None,
            default_role=QualifiedName.of(role) if role else None,
            default_namespace=words(row.get("default_namespace")).upper(),
        )

    def body(self, name: str, spec: User) -> Payload:
        slots = zip(SLOTS, spec.keys, strict=False)
        return {
            "keys": [{"slot": Sql(slot), "value": literal(key)} for slot, key in slots],
            "roles": [role.sql for role in spec.roles],
        }

    def difference(self, name: str, desired: User, actual: User) -> Iterator[Change]:
        yield from super().difference(name, desired, actual)
        yield from _key_changes(desired, actual)
        for role in (role for role in desired.roles if role not in actual.roles):
            yield Change(
                "grant_role", f"may take on {role}", {"role": role.sql}, part=f"role {role}"
            )
        for role in (role for role in actual.roles if role not in desired.roles):
            reason = f"role {role} is not declared"
            yield Change("revoke_role", reason, {"role": role.sql}, part=f"role {role}")


def plain_key(written: str) -> str:
    """A public key without its first and last line, and without blanks."""
    lines = (line.strip() for line in written.strip().splitlines())
    return "".join("".join(line.split()) for line in lines if not line.startswith("-----"))


def fingerprint(written: str) -> str | None:
    """`SHA256:…` of a public key, as DESCRIBE USER shows it; None when it is none."""
    if "PRIVATE" in written:
        return None
    try:
        der = base64.b64decode(plain_key(written), validate=True)
    except (binascii.Error, ValueError):
        return None
    # SubjectPublicKeyInfo of RSA: a sequence that names rsaEncryption.
    if not der.startswith(b"\x30") or bytes.fromhex("2a864886f70d010101") not in der[:40]:
        return None
    return "SHA256:" + base64.b64encode(hashlib.sha256(der).digest()).decode()


def _key_changes(desired: User, actual: User) -> Iterator[Change]:
    """New keys go into free slots, before old ones go; a slot in use is written over only when
    there is no other."""
    wanted = {str(fingerprint(key)): key for key in desired.keys}
    there = actual.slots or tuple(str(fingerprint(key)) for key in actual.keys)
    slots = dict(zip(SLOTS, there or actual.fingerprints, strict=False))
    added = [mark for mark in wanted if mark not in slots.values()]
    free = [slot for slot in SLOTS if not slots.get(slot)]
    free += [slot for slot in SLOTS if slots.get(slot) and slots[slot] not in wanted]
    for mark, slot in zip(added, free, strict=False):
        before = slots.get(slot)
        reason = f"key {mark[:15]}… into {slot}" + (f" instead of {before[:15]}…" if before else "")
        payload: Payload = {"slot": Sql(slot), "value": literal(wanted[mark])}
        yield Change("set_key", reason, payload, part=slot)
        slots[slot] = mark
    for slot in SLOTS:
        if slots.get(slot) and slots[slot] not in wanted:
            reason = f"key {slots[slot][:15]}… in {slot} is not declared"
            yield Change("unset_key", reason, {"slot": Sql(slot)}, part=slot)


def _mark(value: str | None) -> str:
    return value if value is not None and value.startswith("SHA256:") else ""


def _roles(rows: Iterable[Row]) -> Iterator[QualifiedName]:
    for row in rows:
        role = words(row.get("role")) or words(row.get("name"))
        if role and words(row.get("granted_on") or "ROLE").upper() == "ROLE":
            yield QualifiedName.of(role)


def _policy(rows: Iterable[Row]) -> QualifiedName | None:
    found = (words(row.get("value")) for row in rows if words(row.get("level")).upper() == "USER")
    name = next(filter(None, found), "")
    return QualifiedName.of(name) if name else None
