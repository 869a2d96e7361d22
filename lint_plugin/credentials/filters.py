"""What a literal is instead of a credential: one row of data a kind, each with examples.

A row says what such a literal is, because that is what a person asks who wonders why a line was
not reported. The examples are tests: each must be caught by its own row.
"""

from typing import NamedTuple


class Filter(NamedTuple):
    """A kind of value that is no credential.

    Attributes:
        what: What such a value is.
        pattern: What it looks like: a regular expression for the whole value, any case.
        examples: Such values.
        of: The kind of name that it holds for; "" for every one. A person chooses `1234`.
        unless_random: Whether random text can look so by chance, as base64 with slashes does.
    """

    what: str
    pattern: str
    examples: tuple[str, ...]
    of: str = ""
    unless_random: bool = False


FILTERS: tuple[Filter, ...] = (
    Filter(
        "prose, or a prompt",
        r".*\s.*",
        ("Enter your password: ", "The password is too short", "a\nb"),
    ),
    Filter(
        "a placeholder",
        (
            r".*(?:change[-_]?(?:me|it|this)|replace[-_]?(?:me|this|with)|place[-_]?holder|fill[-_]?(?:in|me)"
            r"|your[-_ ]|[-_]here$|insert[-_]|enter[-_]|todo|fixme|redacted|masked|hidden|example"
            r"|dummy|sample|not[-_]?(?:set|needed|used|required|real|a[-_]|provided|available)"
            r"|(?:^|[-_])no[-_](?:pass|token|key|auth|cred|secret)"
            r"|(?:^|[-_])(?:fake|foo|bar|baz|mock|stub|noop|unused|empty|missing|invalid|anonymous)(?:$|[-_])).*"
        ),
        (
            "changeme",
            "change-me-now",
            "your_api_key",
            "put-token-here",
            "EXAMPLEKEY1",
            "dummy1",
            "not-needed",
            "fake-key-1",
            "sk-xyz-placeholder",
            "no-password-required",
        ),
    ),
    Filter(
        "filler",
        # Groups have names: all the rows become one expression.
        (
            r"x{3,}|\*+|\.{2,}|-+|_+|#+|\?+|•+|0+|(?P<same>.)(?P=same)+|n/?a|tbd"
            r"|.*(?P<run>.)(?P=run){7,}.*|.*(?:x{4,}|\*{3,}|\.\.\.|…).*"
        ),
        ("xxxxxx", "********", "000000", "aaaa", "n/a", "sk-xxxxxxxx", "abc...", "68ffffffffff"),
    ),
    Filter(
        "the beginning of an alphabet or of the numbers",
        r"1234|12345|abc|abcd|asdf|1234567890|abc123|abcdefg?h?",
        ("1234", "abcd", "abc123"),
        of="generated",
    ),
    Filter(
        "a substitution",
        (
            r".*(?:\$\{|\$\(|\{\{|%\(|<[^<>]*>|\{[^{}]*\}|%[sdr]\b|\[[a-z _-]+\]).*"
            r"|\$\w+|%\w+%|@\w+@"
        ),
        (
            "${DB_PASSWORD}",
            "$(pass show x)",
            "{{ token }}",
            "<your-token>",
            "{token}-1",
            "%s-1",
            "$PASSWORD",
            "%TOKEN%",
            "@TOKEN@",
            "[api_key]",
        ),
    ),
    Filter(
        "a path, a file or an address",
        (
            r"[./~\\].*|[a-z]:\\.*|[a-z][a-z0-9+.-]*://.*|urn:.*|arn:.*"
            r"|[\w/.-]+\.(?:pem|key|crt|cer|p12|pfx|json|ya?ml|toml|ini|cfg|conf|env|txt|md|py|sh|js|ts|html?|xml|csv|log|db|sql)"
            r"|[\w.-]+@[\w-]+\.[\w.-]+"
        ),
        (
            "/run/secrets/password1",
            "./token1",
            "~/.ssh/id_1",
            "c:\\keys\\1",
            "file://token1",
            "urn:ietf:params:oauth:token1",
            "arn:aws:kms:key1",
            "server1.pem",
            "token@example1.org",
        ),
    ),
    Filter(
        "a name with folders",
        r"[\w.-]+(?:/[\w.-]+)+/?",
        ("prod/db-1/password", "secrets/token1"),
        unless_random=True,
    ),
    Filter(
        "a name in a program",
        (
            r"[a-z_]+\d*(?:\.[a-z_]+\d*)+(?:\(\))?|[\w.]+[\[(].*[\])]|--?[a-z][a-z0-9-]*"
            r"|__\w+|_\w+_"
        ),
        (
            "settings.token1",
            "os.environ[x1]",
            "get_token(1)",
            "--api-key-2",
            "__token_1__",
            "__fetch_po_token1",
        ),
    ),
    Filter(
        "an object identifier, a version or an address of the internet",
        r"v?\d{1,9}(?:\.\d{1,9})+",
        ("1.2.840.113556.1.4.90", "2.0.1", "v1.22", "127.0.0.1"),
    ),
    Filter(
        "a colour or a measure",
        r"#(?:[0-9a-f]{3,4}){1,2}|\d+(?:px|em|rem|pt|ms|s|m|h|d|kb|mb|gb|%)",
        ("#f8f8f2", "#ddd", "3600s", "512mb"),
    ),
    # RFC 5280 SubjectPublicKeyInfo in DER and base64; OpenSSH; PEM.
    Filter(
        "a public key",
        r"MII[A-Za-z0-9+/]{3,4}ANBgkqhkiG9w0BAQEFAAOC.*|-----BEGIN (?:PUBLIC|CERT).*",
        ("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A", "-----BEGIN PUBLIC KEY-----"),
    ),
    Filter(
        "a regular expression",
        r".*(?:\[\^|\(\?|\\[dws]|\]\+|\]\*|\.\*|\)\$|\{\d+,\d*\}).*|\^.*",
        (r"[A-Z0-9]+", r"token=(?P<t>\w+)", "^secret1", "pass.*word", "[a-f0-9]{32,}"),
    ),
    Filter(
        "markup",
        r"[<&].*[>;].*|.*</.*",
        ("<b>1</b>", "&copy;1", "x1</a>"),
    ),
    Filter(
        "a word of programs",
        (
            r"none|null|nil|undefined|true|false|yes|no|on|off|auto|default|unknown|unset|any|all"
            r"|string|str|text|bytes|bool|int|integer|number|object|array|binary|json|hex|base64|utf-?8"
            r"|required|optional|disabled|enabled|static|dynamic|custom|inline|file|prompt|ask|stdin"
            r"|keyring|vault|keychain|environment|env|sha-?\d+|md5|hmac|bcrypt|argon2|plain(?:text)?"
            r"|(?:hs|rs|es|ps)(?:256|384|512)|pbkdf2|scrypt|aes-?\d*|rsa-?\d*|ed25519|x509|kerberos|ntlm"
            r"|reserved|unreserved|keyword|identifier|literal|punctuation|column|varchar|nvarchar|char"
            r"|bearer|basic|digest|oauth2?|jwt|saml|token|api|login|user(?:name)?|email|header|query"
            r"|port|prefix|suffix|scheme|host|cookie|body|form|session|access|refresh|write-only|read-only|readonly"
        ),
        ("None", "string", "sha256", "Bearer", "vault", "HS256", "unreserved", "read-only"),
    ),
)
