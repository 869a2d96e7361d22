"""Files of variables: `.env` and its kin. `hushflake dotenv retire` moves their values away."""

from ._configuration import Configuration


class Env(Configuration):
    name = "env"
    suffixes = (".env", ".env.example", ".env.sample", ".env.template", ".env.dist")
    names = (".env", ".envrc", ".flaskenv")
    beginnings = (".env.", ".env-", ".env_")
    form = "env"
    instead = "the configuration store: `hushflake dotenv retire` moves the values there"
