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
        for_logins: Whether it holds even beside a user's name, where any word is a password.
    """

    what: str
    pattern: str
    examples: tuple[str, ...]
    of: str = ""
    unless_random: bool = False
    for_logins: bool = True


FILTERS: tuple[Filter, ...] = (
    Filter(
        "prose, or a prompt",
        r".*\s.*",
        ("Enter your password: ", "The password is too short", "a\nb"),
        for_logins=False,
    ),
    Filter(
        "a prompt of one word",
        r"[^\W\d]+:",
        ("Passwort:", "hasło:"),
        for_logins=False,
    ),
    # What `expect` and its like wait for, whatever case the first letter has.
    Filter(
        "the end of a prompt",
        r"(?:assword|ssword|asswd|sername|ogin)",
        ("ssword", "assword"),
        for_logins=False,
    ),
    Filter(
        "a placeholder",
        (
            r".*(?:change[-_]?(?:me|it|this)|replace[-_]?(?:me|this|with)|place[-_]?holder|fill[-_]?(?:in|me)"
            r"|your[-_ ]|[-_]here$|insert[-_]|enter[-_]|todo|fixme|redacted|masked|hidden|example"
            r"|not[-_]?(?:set|needed|used|required|real|a[-_]|provided|available)"
            r"|(?:^|[-_])no[-_](?:pass|token|key|auth|cred|secret)).*"
        ),
        (
            "changeme",
            "change-me-now",
            "your_api_key",
            "put-token-here",
            "EXAMPLEKEY1",
            "not-needed",
            "sk-xyz-placeholder",
            "no-password-required",
        ),
    ),
    Filter(
        "a stand-in",
        (
            r"fake.*|.*(?:dummy|sample|(?:^|[-_])(?:fake|foo|bar|baz|mock|stub|noop|unused|empty|missing"
            r"|invalid|anonymous)(?:$|[-_])).*|invalid(?:pass|token|key|secret|cred)\w*"
        ),
        ("dummy1", "fake-key-1", "fakesecret1", "INVALIDPASS"),
        for_logins=False,
    ),
    Filter(
        "filler",
        # Groups have names: all the rows become one expression.
        (
            r"x{3,}|\*+|\.{2,}|-+|_+|#+|\?+|•+|0+|(?P<same>.)(?P=same)+|n/?a|tbd"
            r"|.*(?:x{4,}|\*{3,}|\.\.\.|…).*"
        ),
        ("xxxxxx", "********", "000000", "aaaa", "n/a", "sk-xxxxxxxx", "abc..."),
    ),
    # Twitter's tokens begin with a run, and go on at random.
    Filter(
        "a run of one character",
        r".*(?P<run>.)(?P=run){7,}.*",
        ("68ffffffffff",),
        unless_random=True,
    ),
    Filter(
        "the beginning of an alphabet or of the numbers",
        r"1234|12345|abc|abcd|asdf|1234567890|abc123|abcdefg?h?",
        ("1234", "abcd", "abc123"),
        of="generated",
    ),
    # https://docs.stripe.com/keys, https://supabase.com/docs/guides/api/api-keys,
    # https://posthog.com/docs/api, https://docs.mapbox.com/help/dive-deeper/access-tokens/,
    # https://langfuse.com/docs: meant to be seen, like a client id.
    Filter(
        "a publishable key",
        r"pk_(?:live|test)_.*|sb_publishable_.*|phc_[a-z0-9]{30,}|pk\.eyj.*|pk-lf-.*",
        (
            "pk_live_7Qm2Zx9Kp4WsVb6R",
            "sb_publishable_7Qm2Zx9Kp4WsVb6R",
            "phc_7Qm2Zx9Kp4WsVb6R7Qm2Zx9Kp4WsVb6R",
        ),
    ),
    Filter(
        "the kind of a key",
        r"(?:dsa|rsa|ecdsa|ed25519|ed448|x25519)[-_]?key",
        ("ed25519-key", "dsa_key"),
    ),
    Filter(
        "an alphabet, to choose from or to shift by",
        r".*(?:abcdefghijklm|nopqrstuvwxyz).*",
        ("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", "nopqrstuvwxyzabcdefghijklm1"),
    ),
    # crypt(5): `$id$salt$hash`. Nobody gets in by it.
    Filter(
        "the hash of a password",
        r"\\?\$(?:1|2[abxy]?|5|6|7|y|gy|argon2\w*|pbkdf2\w*|apr1|sha1|md5)\\?\$.*",
        ("$1$aBcDeF1$kT9vQ2mXr5LzW8", "$2b$12$R9h/cIPz0gi.URNNX3kh2O"),
    ),
    Filter(
        "a substitution",
        (
            r".*(?:\$\{|\$\(|\{\{|%\(|<[^<>]*>|\{[^{}]*\}|%[sdr]\b|\[[a-z _-]+\]).*"
            r"|\$\w+|%\w+%|@\w+@|\[\w+\(.*\)\]"
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
            "[parameters('password')]",
        ),
    ),
    Filter(
        "a path, a file or an address",
        (
            r"[./~\\].*|[a-z]:\\.*|[a-z][a-z0-9+.-]*://.*|urn:.*|arn:.*"
            r"|[\w/.-]+\.(?:pem|key|crt|cer|p12|pfx|json|ya?ml|toml|ini|cfg|conf|env|txt|md|py|sh|js|ts|html?|xml|csv|log|db|sql)"
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
        ),
    ),
    Filter(
        "an address of mail",
        r"[\w.-]+@[\w-]+\.[\w.-]+",
        ("token@host1.org",),
        for_logins=False,
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
        "a name in a module",
        r"[a-z_]\w*(?:\.[a-z_]\w*)+",
        ("app.auth0.Auth0Client", "core.v2.token"),
        unless_random=True,
    ),
    Filter(
        "a list of words",
        r"[a-z_]+(?:,[a-z_]+)+",
        ("password,jwt", "read,write"),
    ),
    # What a program answers, or the key of its text in a catalogue.
    Filter(
        "the name of an error",
        (
            r"(?:err(?:or)?|invalid|missing)[_.](?:[a-z]+[_.])*[a-z]+"
            r"|(?:[a-z]+[_.])+(?:error|failed|failure|invalid|missing|mismatch|required|expired"
            r"|denied|incorrect|rejected|short|long|weak|empty|taken|match|changed|updated|reset)"
        ),
        ("password_error", "auth_failed", "invalid_auth", "error.password.too_short"),
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
        (
            r"MII[A-Za-z0-9+/]{3,4}ANBgkqhkiG9w0BAQEFAAOC.*|AAAA(?:[BC]3NzaC1|E2VjZHNh).*"
            r"|-----BEGIN (?:PUBLIC|CERT).*"
        ),
        ("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A", "AAAAB3NzaC1yc2EA", "-----BEGIN PUBLIC KEY-----"),
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
        "no value, or the type of one",
        (
            r"none|null|nil|undefined|true|false|yes|no|on|off|unset|required|optional"
            r"|string|str|text|bytes|bool|int|integer|number|object|array"
        ),
        ("None", "true", "string"),
    ),
    Filter(
        "a word of programs",
        (
            r"clear|auto|default|unknown|any|all|binary|json|hex|base64|utf-?8|disabled|enabled|static|dynamic|custom|inline|file|prompt|ask|stdin"
            r"|files|ldap|nis|nisplus|sssd|radius|tacacs|pam|keyring|vault|keychain|environment|env|sha-?\d+|md5|hmac|bcrypt|argon2|plain(?:text)?"
            r"|(?:hs|rs|es|ps)(?:256|384|512)|pbkdf2|scrypt|aes-?\d*|rsa-?\d*|ed25519|x509|kerberos|ntlm"
            r"|reserved|unreserved|keyword|identifier|literal|punctuation|column|varchar|nvarchar|char"
            r"|bearer|basic|digest|oauth2?|jwt|saml|token|api|login|user(?:name)?|email|header|query"
            r"|port|prefix|suffix|scheme|host|cookie|body|form|session|access|refresh|write-only|read-only|readonly"
        ),
        ("sha256", "Bearer", "vault", "ldap", "HS256", "unreserved", "read-only"),
        for_logins=False,
    ),
)
