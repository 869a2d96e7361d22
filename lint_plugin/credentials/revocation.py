"""Where a credential is taken back, by the name of its format in `providers`.

`page` is where it is done, and `source` the documentation of its issuer that says so. A page that
differs for each customer (a server of one's own, a workspace) is the documentation itself.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from .providers import PROVIDERS


class Revocation(NamedTuple):
    """Who issues a credential, the page where it is revoked, and the documentation of that."""

    issuer: str
    page: str
    source: str


_GITHUB = (
    "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/"
    "token-expiration-and-revocation"
)
_GOOGLE = "https://console.cloud.google.com/apis/credentials"
_GOOGLE_KEYS = "https://cloud.google.com/docs/authentication/api-keys"

REVOCATIONS: Mapping[str, Revocation] = {
    "AWS access key ID": Revocation(
        "Amazon Web Services",
        "https://console.aws.amazon.com/iam/home#/security_credentials",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html",
    ),
    "GitHub token": Revocation("GitHub", "https://github.com/settings/tokens", _GITHUB),
    "GitHub fine-grained token": Revocation(
        "GitHub", "https://github.com/settings/personal-access-tokens", _GITHUB
    ),
    "GitLab token": Revocation(
        "GitLab",
        "https://gitlab.com/-/user_settings/personal_access_tokens",
        "https://docs.gitlab.com/user/profile/personal_access_tokens/",
    ),
    "Slack token": Revocation(
        "Slack", "https://api.slack.com/apps", "https://api.slack.com/methods/auth.revoke"
    ),
    "Slack webhook": Revocation(
        "Slack",
        "https://api.slack.com/apps",
        "https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/",
    ),
    "Stripe key": Revocation(
        "Stripe",
        "https://dashboard.stripe.com/apikeys",
        "https://docs.stripe.com/keys#rolling-keys",
    ),
    "OpenAI key": Revocation(
        "OpenAI",
        "https://platform.openai.com/api-keys",
        "https://platform.openai.com/docs/api-reference/authentication",
    ),
    "Anthropic key": Revocation(
        "Anthropic",
        "https://console.anthropic.com/settings/keys",
        "https://docs.claude.com/en/api/overview",
    ),
    "OpenRouter key": Revocation(
        "OpenRouter",
        "https://openrouter.ai/settings/keys",
        "https://openrouter.ai/docs/api-reference/authentication",
    ),
    "Google API key": Revocation("Google Cloud", _GOOGLE, _GOOGLE_KEYS),
    "Google OAuth client secret": Revocation(
        "Google Cloud", _GOOGLE, "https://developers.google.com/identity/protocols/oauth2"
    ),
    "Google OAuth token": Revocation(
        "Google",
        "https://myaccount.google.com/connections",
        "https://developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke",
    ),
    "Hugging Face token": Revocation(
        "Hugging Face",
        "https://huggingface.co/settings/tokens",
        "https://huggingface.co/docs/hub/security-tokens",
    ),
    "npm token": Revocation(
        "npm",
        "https://docs.npmjs.com/revoking-access-tokens",
        "https://docs.npmjs.com/revoking-access-tokens",
    ),
    "PyPI token": Revocation(
        "PyPI", "https://pypi.org/manage/account/", "https://pypi.org/help/#apitoken"
    ),
    "SendGrid key": Revocation(
        "SendGrid",
        "https://app.sendgrid.com/settings/api_keys",
        "https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys",
    ),
    "DigitalOcean token": Revocation(
        "DigitalOcean",
        "https://cloud.digitalocean.com/account/api/tokens",
        "https://docs.digitalocean.com/reference/api/create-personal-access-token/",
    ),
    "Shopify token": Revocation(
        "Shopify",
        "https://shopify.dev/docs/apps/build/authentication-authorization/client-secrets/"
        "rotate-revoke-client-credentials",
        "https://shopify.dev/docs/apps/build/authentication-authorization/client-secrets/"
        "rotate-revoke-client-credentials",
    ),
    "Pulumi token": Revocation(
        "Pulumi Cloud",
        "https://app.pulumi.com/account/tokens",
        "https://www.pulumi.com/docs/pulumi-cloud/access-management/access-tokens/",
    ),
    "HashiCorp Vault token": Revocation(
        "your Vault server",
        "https://developer.hashicorp.com/vault/docs/commands/token/revoke",
        "https://developer.hashicorp.com/vault/docs/commands/token/revoke",
    ),
    "Terraform Cloud token": Revocation(
        "HCP Terraform",
        "https://app.terraform.io/app/settings/tokens",
        "https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/api-tokens",
    ),
    "Databricks token": Revocation(
        "your Databricks workspace",
        "https://docs.databricks.com/en/dev-tools/auth/pat.html",
        "https://docs.databricks.com/en/dev-tools/auth/pat.html",
    ),
    "Notion token": Revocation(
        "Notion",
        "https://www.notion.so/my-integrations",
        "https://developers.notion.com/docs/authorization",
    ),
    "Linear key": Revocation(
        "Linear",
        "https://linear.app/settings/account/security",
        "https://linear.app/developers/graphql",
    ),
    "Postman key": Revocation(
        "Postman",
        "https://web.postman.co/settings/me/api-keys",
        "https://learning.postman.com/docs/developer/postman-api/authentication/",
    ),
    "New Relic key": Revocation(
        "New Relic",
        "https://one.newrelic.com/api-keys",
        "https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/",
    ),
    "Grafana token": Revocation(
        "your Grafana server",
        "https://grafana.com/docs/grafana/latest/administration/service-accounts/",
        "https://grafana.com/docs/grafana/latest/administration/service-accounts/",
    ),
    "Sentry token": Revocation(
        "Sentry",
        "https://sentry.io/settings/account/api/auth-tokens/",
        "https://docs.sentry.io/account/auth-tokens/",
    ),
    "Telegram bot token": Revocation(
        "Telegram", "https://t.me/BotFather", "https://core.telegram.org/bots/features#botfather"
    ),
    "Mailchimp key": Revocation(
        "Mailchimp",
        "https://admin.mailchimp.com/account/api/",
        "https://mailchimp.com/help/about-api-keys/",
    ),
    "Twilio key": Revocation(
        "Twilio", "https://www.twilio.com/console", "https://www.twilio.com/docs/iam/api-keys"
    ),
    "Azure storage account key": Revocation(
        "Microsoft Azure",
        "https://portal.azure.com/",
        "https://learn.microsoft.com/en-us/azure/storage/common/storage-account-keys-manage",
    ),
}

# Formats whose documentation is that of `providers`: who issues them, and the page.
_PAGES: Mapping[str, tuple[str, str]] = {
    "Groq key": ("Groq", "https://console.groq.com/keys"),
    "xAI key": ("xAI", "https://console.x.ai/"),
    "Replicate token": ("Replicate", "https://replicate.com/account/api-tokens"),
    "Pinecone key": ("Pinecone", "https://app.pinecone.io/"),
    "Perplexity key": ("Perplexity", "https://www.perplexity.ai/settings/api"),
    "LangSmith key": ("LangSmith", "https://smith.langchain.com/settings"),
    "Jina key": ("Jina AI", "https://jina.ai/api-dashboard/"),
    "Supabase key": ("Supabase", "https://supabase.com/dashboard/project/_/settings/api-keys"),
    "Docker token": ("Docker", "https://app.docker.com/settings/personal-access-tokens"),
    "Fly.io token": ("Fly.io", "https://fly.io/dashboard"),
    "Atlassian token": (
        "Atlassian",
        "https://id.atlassian.com/manage-profile/security/api-tokens",
    ),
    "Figma token": ("Figma", "https://www.figma.com/settings"),
    "Neon key": ("Neon", "https://console.neon.tech/app/settings/api-keys"),
    "Netlify token": ("Netlify", "https://app.netlify.com/user/applications"),
    "Render key": ("Render", "https://dashboard.render.com/settings#api-keys"),
    "Heroku key": ("Heroku", "https://dashboard.heroku.com/account/applications"),
    "RubyGems key": ("RubyGems", "https://rubygems.org/profile/api_keys"),
    "Clojars token": ("Clojars", "https://clojars.org/tokens"),
    "Tailscale key": ("Tailscale", "https://login.tailscale.com/admin/settings/keys"),
    "Buildkite token": ("Buildkite", "https://buildkite.com/user/api-access-tokens"),
    "CircleCI token": ("CircleCI", "https://app.circleci.com/settings/user/tokens"),
    "Typeform token": ("Typeform", "https://admin.typeform.com/user/tokens"),
    "Mapbox secret token": ("Mapbox", "https://account.mapbox.com/access-tokens/"),
    "LaunchDarkly key": ("LaunchDarkly", "https://app.launchdarkly.com/settings/authorization"),
}
# What names of formats end with after that of the issuer.
_KINDS = re.compile(
    r" (?:(?:personal|secret|service account|access|client) )*(?:keys?|token|secret|webhook)\b.*"
)
# Formats of no issuer: whoever made them takes them back.
_NOBODYS = frozenset({"JSON web token", "age secret key"})


def revocation_of(name: str) -> Revocation | None:
    """Return where a credential of a format is revoked.

    Where no page is known, it is the documentation that the format is published in; None for a
    format that everybody may issue.
    """
    known = REVOCATIONS.get(name)
    reference = {provider.name: provider.reference for provider in PROVIDERS}.get(name, "")
    if known is not None or not reference or name in _NOBODYS:
        return known
    issuer, page = _PAGES.get(name, (_KINDS.sub("", name), reference))
    return Revocation(issuer, page, reference)


# What to do about a credential whose issuer nothing tells, by the rule that found it.
ADVICE: Mapping[str, str] = {
    "HSF302": "it belongs to whoever signed it: end the session, or change the key that signs",
    "HSF303": "make a new pair of keys, and take the old public key or certificate off every "
    "server that trusts it",
    "HSF304": "change the password at the server that the address names",
}
OTHERWISE = "change it where it was issued; its name and its places show what it is for"
