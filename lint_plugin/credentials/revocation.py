"""Where a credential is taken back, by the name of its format in `providers`.

`page` is where it is done, and `source` the documentation of its issuer that says so. A page that
differs for each customer (a server of one's own, a workspace) is the documentation itself.
"""

from collections.abc import Mapping
from typing import NamedTuple


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

# What to do about a credential whose issuer nothing tells, by the rule that found it.
ADVICE: Mapping[str, str] = {
    "HSF302": "it belongs to whoever signed it: end the session, or change the key that signs",
    "HSF303": "make a new pair of keys, and take the old public key or certificate off every "
    "server that trusts it",
    "HSF304": "change the password at the server that the address names",
}
OTHERWISE = "change it where it was issued: what it is for is told by its name and its place"
