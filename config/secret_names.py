"""Which keys hold secrets by their names, where the source itself does not say."""

import re

# A whole word of the name, as words of environment variables are: between underscores or ends.
_SECRET = re.compile(
    r"(?:^|[_.\-])(?:secrets?|tokens?|passwords?|passwd|pwd|pass|passphrase|credentials?|"
    r"api_?keys?|access_?keys?|private_?keys?|signing_?keys?|encryption_?keys?|master_?key|"
    r"hmac_?key|audit_?key|webhook_?url|dsn|connection_?string|conn_?str|sas)(?:$|[_.\-\d])",
    re.IGNORECASE,
)
# Names that hold such a word and say something about a secret, not the secret.
_PUBLIC = re.compile(
    r"(?:_(?:id|name|type|ttl|timeout|file|path|dir|length|limit|count|url|uri|header|issuer|"
    r"algorithm|expiry|expires?|enabled|policy)|^max_tokens)$|(?:^|_)(?:max|num|min)_tokens?",
    re.IGNORECASE,
)


def looks_secret(key: str) -> bool:
    """Whether a value under this name is to be treated as a secret."""
    found = _SECRET.search(key)
    if found is None:
        return False
    tail = _PUBLIC.search(key)
    return tail is None or found.group().lower().strip("_.-").endswith("url")
