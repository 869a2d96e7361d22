"""Formats of credentials that their issuers publish: one row a format, each with its reference.

`marks` are searched in the bytes first, so that a pattern runs only where it can match. A
pattern matches the whole credential; what stands before and after it is checked by the reader.
"""

from .model_services import MODEL_SERVICES
from .platforms import PLATFORMS
from .provider import Provider

__all__ = ["PROVIDERS", "Provider"]

_COMMON: tuple[Provider, ...] = (
    Provider(
        "AWS access key ID",
        ("AKIA", "ASIA"),
        r"A[KS]IA[A-Z2-7]{16}",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html",
    ),
    Provider(
        "GitHub token",
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
        r"gh[pousr]_[A-Za-z0-9]{36,255}",
        "https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/",
    ),
    Provider(
        "GitHub fine-grained token",
        ("github_pat_",),
        r"github_pat_[A-Za-z0-9_]{36,255}",
        "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github",
    ),
    Provider(
        "GitLab token",
        ("glpat-", "gldt-", "glrt-", "glptt-"),
        r"gl(?:pat|dt|rt|ptt)-[A-Za-z0-9_\-.]{20,300}",
        "https://docs.gitlab.com/security/tokens/#token-prefixes",
    ),
    Provider(
        "Slack token",
        ("xox", "xapp-"),
        r"(?:xox[abprs]-(?:\d{6,}-)+[A-Za-z0-9\-]{10,}|xoxe(?:\.xox[bp])?-\d-[A-Za-z0-9]{40,}|xapp-\d-[A-Z0-9]+-\d+-[a-f0-9]{32,})",
        "https://docs.slack.dev/authentication/tokens/",
    ),
    Provider(
        "Slack webhook",
        ("hooks.slack.com",),
        r"https://hooks\.slack\.com/(?:services|workflows)/T[A-Za-z0-9_]{8,}/[AB][A-Za-z0-9_]{8,}/[A-Za-z0-9_]{20,}",
        "https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/",
        lead=8,
    ),
    Provider(
        "Stripe key",
        ("k_live_", "k_test_", "whsec_"),
        r"(?:[sr]k_(?:live|test)_[A-Za-z0-9]{24,247}|whsec_[A-Za-z0-9+/=]{32,})",
        "https://docs.stripe.com/keys",
        lead=1,
    ),
    Provider(
        "OpenAI key",
        ("sk-",),
        r"sk-(?:(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{40,200}|[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}|[A-Za-z0-9]{32,64})",
        "https://platform.openai.com/docs/api-reference/authentication",
    ),
    Provider(
        "Anthropic key",
        ("sk-ant-",),
        r"sk-ant-(?:api|admin|oat|sid)\d{2}-[A-Za-z0-9_-]{80,120}",
        "https://docs.claude.com/en/api/overview",
    ),
    Provider(
        "OpenRouter key",
        ("sk-or-v1-",),
        r"sk-or-v1-[0-9a-f]{64}",
        "https://openrouter.ai/docs/api-reference/authentication",
    ),
    Provider(
        "Google API key",
        ("AIza",),
        r"AIza[A-Za-z0-9_-]{35}",
        "https://cloud.google.com/docs/authentication/api-keys",
    ),
    Provider(
        "Google OAuth client secret",
        ("GOCSPX-",),
        r"GOCSPX-[A-Za-z0-9_-]{28}",
        "https://developers.google.com/identity/protocols/oauth2",
    ),
    Provider(
        "Google OAuth token",
        ("ya29.",),
        r"ya29\.[A-Za-z0-9_-]{30,}",
        "https://developers.google.com/identity/protocols/oauth2",
    ),
    Provider(
        "Hugging Face token",
        ("hf_",),
        r"hf_[A-Za-z]{34,37}",
        "https://huggingface.co/docs/hub/security-tokens",
    ),
    Provider(
        "npm token",
        ("npm_",),
        r"npm_[A-Za-z0-9]{36}",
        "https://docs.npmjs.com/about-access-tokens",
    ),
    Provider(
        "PyPI token",
        ("pypi-AgE",),
        r"pypi-AgE(?:IcHlwaS5vcmc|NdGVzdC5weXBpLm9yZw)[A-Za-z0-9_-]{50,}",
        "https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns",
    ),
    Provider(
        "SendGrid key",
        ("SG.",),
        r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}",
        "https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys",
    ),
    Provider(
        "DigitalOcean token",
        ("_v1_",),
        r"do[por]_v1_[a-f0-9]{64}",
        "https://docs.digitalocean.com/reference/api/create-personal-access-token/",
        lead=3,
    ),
    Provider(
        "Shopify token",
        ("shp",),
        r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}",
        "https://shopify.dev/docs/apps/build/authentication-authorization",
    ),
    Provider(
        "Pulumi token",
        ("pul-",),
        r"pul-[a-f0-9]{40}",
        "https://www.pulumi.com/docs/pulumi-cloud/access-management/access-tokens/",
    ),
    Provider(
        "HashiCorp Vault token",
        ("hvs.", "hvb."),
        r"hv[sb]\.[A-Za-z0-9_-]{24,}",
        "https://developer.hashicorp.com/vault/docs/concepts/tokens",
    ),
    Provider(
        "Terraform Cloud token",
        (".atlasv1.",),
        r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}",
        "https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/api-tokens",
        lead=14,
    ),
    Provider(
        "Databricks token",
        ("dapi",),
        r"dapi[a-f0-9]{32}(?:-\d)?",
        "https://docs.databricks.com/en/dev-tools/auth/pat.html",
    ),
    Provider(
        "Notion token",
        ("ntn_", "secret_"),
        r"(?:ntn_[0-9]{11}[A-Za-z0-9]{35}|secret_[A-Za-z0-9]{43})",
        "https://developers.notion.com/docs/authorization",
    ),
    Provider(
        "Linear key",
        ("lin_api_",),
        r"lin_api_[A-Za-z0-9]{40}",
        "https://linear.app/developers/graphql",
    ),
    Provider(
        "Postman key",
        ("PMAK-",),
        r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}",
        "https://learning.postman.com/docs/developer/postman-api/authentication/",
    ),
    Provider(
        "New Relic key",
        ("NRAK-",),
        r"NRAK-[A-Z0-9]{27}",
        "https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/",
    ),
    Provider(
        "Grafana token",
        ("glsa_", "glc_ey"),
        r"(?:glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}|glc_ey[A-Za-z0-9+/=]{32,})",
        "https://grafana.com/docs/grafana/latest/administration/service-accounts/",
    ),
    Provider(
        "Sentry token",
        ("sntry",),
        r"(?:sntryu_[a-f0-9]{64}|sntrys_ey[A-Za-z0-9+/=_]{60,})",
        "https://docs.sentry.io/account/auth-tokens/",
    ),
    Provider(
        "Telegram bot token",
        (":AA",),
        r"\d{8,10}:AA[A-Za-z0-9_-]{33}",
        "https://core.telegram.org/bots/api#authorizing-your-bot",
        lead=10,
    ),
    Provider(
        "Mailchimp key",
        ("-us",),
        r"[a-f0-9]{32}-us\d{1,2}",
        "https://mailchimp.com/developer/marketing/guides/quick-start/",
        lead=32,
    ),
    Provider(
        "Twilio key",
        ("SK",),
        r"SK[a-f0-9]{32}",
        "https://www.twilio.com/docs/iam/api-keys",
    ),
    Provider(
        "Azure storage account key",
        ("AccountKey=",),
        r"AccountKey=[A-Za-z0-9+/]{86}==",
        "https://learn.microsoft.com/en-us/azure/storage/common/storage-configure-connection-string",
    ),
    Provider(
        "JSON web token",
        ("eyJ",),
        r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}",
        "https://www.rfc-editor.org/rfc/rfc7519",
    ),
)
PROVIDERS: tuple[Provider, ...] = (*_COMMON, *MODEL_SERVICES, *PLATFORMS)
