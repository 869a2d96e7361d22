"""What can be a credential: the filters by their own examples, and values that must get through."""

import random
import re
import string

import pytest

from hushflake.lint_plugin.credentials.filters import FILTERS, Filter
from hushflake.lint_plugin.credentials.names import Kind, Names
from hushflake.lint_plugin.credentials.values import is_credential, is_high_entropy


@pytest.mark.parametrize("row", FILTERS, ids=lambda row: row.what)
def test_a_filter_catches_its_examples(row: Filter) -> None:
    kind: Kind = "generated" if row.of == "generated" else "chosen"
    assert row.examples
    for example in row.examples:
        assert re.fullmatch(row.pattern, example, re.IGNORECASE | re.DOTALL), example
        assert not is_credential(example, kind), example


@pytest.mark.parametrize(
    "value",
    ["hunter" + "2", "P@55w0" + "rd!", "correct-horse", "1234", "admin", "s3cr3t", "letmein"],
)
def test_what_a_person_chooses(value: str) -> None:
    assert is_credential(value, "chosen", "password")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("83a1f0c9d2", True),
        ("Bearer " + "83a1f0c9d2", True),
        ("my-secret-key", True),
        ("wJalr/K7" + "MDENG/bPxRfiCYzEXAM", False),  # says that it is an example
        ("wJalr/K7" + "MDENG/bPxRfiCYz3kQ9", True),
        ("oauth_m2m_flow", False),
        ("types-auth0-python", False),
        ("aws:kinesis/stream:Stream", False),
        ("ContainerSecretArgs", False),
        ("MySuperSecret", True),
        ("some_token_string", False),
        ("SECRET2", False),
        ("unreserved", False),
        ("abc123", False),
        ("auth_token1", False),
        ("test-personal-key", False),
        ("fakesecret", False),
        ("private-key-content", False),
        ("Access_Token!", False),
        ("usePassword", False),
        ("eChargeToday1", False),
        ("core.auth0.Auth0Client", False),
        ("A" * 20 + "NRILgAnNwIzUejRCOuH5E6I8xnZz4puTs1Zv7ttfk8LF81IU", True),
    ],
)
def test_what_a_machine_makes(value: str, expected: bool) -> None:
    assert is_credential(value, "generated", "token") is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("password", True),
        ("foo", True),
        ("invalid", True),
        ("no entry", True),
        ("none", False),
        ("${PASSWORD}", False),
        ("changeme", False),
        ("xxxxx", False),
        ("PASSWORD2", False),
        ("smtp_username", False),
    ],
)
def test_what_stands_beside_a_user(value: str, expected: bool) -> None:
    assert is_credential(value, "login", "password") is expected


def test_a_key_of_unknown_purpose_may_bind_random_text() -> None:
    names = Names()
    assert names.kind("vrf_key") is None
    assert names.kind_of_bound("vrf_key") == "random"
    assert names.kind_of_bound("API_KEY") == "generated"
    assert names.kind_of_bound("key") == "random"
    assert [names.kind_of_bound(name) for name in ("Key", "cache_key", "public_key")] == [None] * 3
    assert is_credential("mQ7tZx2K" + "pW9sVb4R", "random", "vrf_key")
    assert not is_credential("secret", "random", "vrf_key")


@pytest.mark.parametrize("size", [20, 24, 32, 43, 64])
@pytest.mark.parametrize("alphabet", ["", string.ascii_uppercase, string.ascii_uppercase + "+/"])
def test_random_text_is_seen(alphabet: str, size: int) -> None:
    chosen = random.Random(size)
    letters = string.ascii_lowercase + string.digits + alphabet
    texts = ["".join(chosen.choices(letters, k=size)) for _ in range(400)]
    # With one case only and few characters, chance makes words too.
    assert sum(map(is_high_entropy, texts)) >= (280 if size == 20 else 340)


@pytest.mark.parametrize(
    "value",
    [
        "MTLRenderPipelineColorAttachmentDescriptorArray2",
        "AbstractHttp2ClientFactoryBuilder",
        "anthropic.claude-3-5-sonnet-20241022-v2",
        "utf8mb4_0900_ai_ci_long_name",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "01234567-89ab-cdef-0123-456789abcdef",
        "projects/app-1/locations/eu/keys/k1",
    ],
)
def test_names_are_not_random(value: str) -> None:
    assert not is_high_entropy(value)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("DB_PASSWORD", "chosen"),
        ("dbPassword2", "chosen"),
        ("smtp_pass", "chosen"),
        ("pass", "generated"),
        ("first_pass", None),
        ("api_key", "generated"),
        ("stripeKey", "generated"),
        ("cache_key", None),
        ("token_type", None),
        ("NextToken", None),
        ("header_token", "generated"),
        ("password_field", None),
        ("secret_name", None),
        ("MYCLIENTSECRET", "generated"),
        ("API_KEY_OMDB", "generated"),
        ("access_token_url", None),
        ("refresh_token_key", None),
    ],
)
def test_what_a_name_says(name: str, kind: Kind | None) -> None:
    assert Names().kind(name) == kind
