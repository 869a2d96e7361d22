"""Which service a key belongs to: rows of data, the first that fits decides.

A row is a pattern over the words of a key (`_` between them, `*` for anything), in any case.
`[tool.hushflake] service-groups` puts rows in front of these:
`service-groups = {AI = ["RAG_*"], Billing = ["STRIPE_*"]}`.
"""

import re
from collections.abc import Iterable, Mapping

from hushflake.lint_plugin.path_patterns import wildcards

FALLBACK = "Infrastructure"

# Group -> words: a key belongs to the first group that has one of its words, or a run of them.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "AI": (
        *("OPENAI", "ANTHROPIC", "CLAUDE", "COHERE", "MISTRAL", "GEMINI", "VERTEX", "VERTEXAI"),
        *("BEDROCK", "GROQ", "OLLAMA", "HUGGINGFACE", "HUGGINGFACEHUB", "HF", "REPLICATE"),
        *("TOGETHER", "TOGETHERAI", "FIREWORKS", "DEEPSEEK", "PERPLEXITY", "OPENROUTER", "XAI"),
        *("VOYAGE", "JINA", "NVIDIA", "VLLM", "LLM", "GPT", "AI", "EMBEDDING", "EMBEDDINGS"),
        *("RERANK", "RERANKER", "PROMPT", "AGENT", "AGENTS", "RAG", "LANGCHAIN", "LANGSMITH"),
        *("LANGFUSE", "LITELLM", "PORTKEY", "HELICONE", "WANDB", "MLFLOW", "COMET", "ELEVENLABS"),
        *("DEEPGRAM", "ASSEMBLYAI", "STABILITY", "MODEL", "MODELS", "TEMPERATURE", "CORTEX"),
    ),
    "Data": (
        *("DATABASE", "DB", "SQL", "POSTGRES", "POSTGRESQL", "PG", "PGHOST", "PGPORT", "PGUSER"),
        *("PGPASSWORD", "PGDATABASE", "MYSQL", "MARIADB", "SQLITE", "MSSQL", "ORACLE", "MONGO"),
        *("MONGODB", "REDIS", "VALKEY", "MEMCACHED", "CACHE", "SNOWFLAKE", "BIGQUERY", "REDSHIFT"),
        *("DATABRICKS", "CLICKHOUSE", "DUCKDB", "DYNAMODB", "CASSANDRA", "NEO4J", "ELASTIC"),
        *("ELASTICSEARCH", "OPENSEARCH", "PINECONE", "WEAVIATE", "QDRANT", "MILVUS", "CHROMA"),
        *("PGVECTOR", "VECTOR", "KAFKA", "RABBITMQ", "AMQP", "PULSAR", "KINESIS", "SQS", "S3"),
        *("MINIO", "BUCKET", "AIRBYTE", "FIVETRAN", "DBT", "AIRFLOW", "ESTUARY", "SUPABASE"),
        *("WAREHOUSE", "SCHEMA", "TABLE", "MIGRATION", "MIGRATIONS", "QUEUE", "BROKER"),
    ),
    "Business": (
        *("HUBSPOT", "SALESFORCE", "GONG", "SLACK", "NOTION", "LINEAR", "ASANA", "JIRA"),
        *("CONFLUENCE", "ATLASSIAN", "ZENDESK", "INTERCOM", "FRESHDESK", "STRIPE", "PAYPAL"),
        *("BRAINTREE", "ADYEN", "CHARGEBEE", "RECURLY", "QUICKBOOKS", "XERO", "NETSUITE", "SAP"),
        *("WORKDAY", "BAMBOOHR", "APOLLO", "OUTREACH", "SALESLOFT", "CLEARBIT", "ZOOMINFO"),
        *("MAILCHIMP", "SENDGRID", "MAILGUN", "POSTMARK", "TWILIO", "SEGMENT", "MIXPANEL"),
        *("AMPLITUDE", "POSTHOG", "SHOPIFY", "DOCUSIGN", "ZOOM", "CALENDLY", "DISCORD"),
        *("TELEGRAM", "WHATSAPP", "TEAMS", "MONDAY", "AIRTABLE", "TRELLO", "COSTAR", "CRM"),
        *("BILLING", "INVOICE", "PAYMENT", "CUSTOMER"),
    ),
    "Infrastructure": (
        *("AWS", "GCP", "GOOGLE", "AZURE", "PULUMI", "TERRAFORM", "KUBERNETES", "K8S", "KUBE"),
        *("DOCKER", "HELM", "LAMBDA", "LABS", "VERCEL", "NETLIFY", "HEROKU", "FLY", "RENDER"),
        *("CLOUDFLARE", "NGINX", "TRAEFIK", "CONSUL", "VAULT", "GITHUB", "GITLAB", "BITBUCKET"),
        *("SENTRY", "DATADOG", "DD", "GRAFANA", "PROMETHEUS", "OTEL", "NEWRELIC", "LOKI"),
        *("LOG", "LOGGING", "DEBUG", "HOST", "PORT", "URL", "DOMAIN", "TLS", "SSL", "PROXY"),
        *("JWT", "SESSION", "COOKIE", "CORS", "AUTH", "OAUTH", "SECRET", "WORKERS", "TIMEOUT"),
        *("SMTP", "EMAIL", "MAIL"),
    ),
}


class Groups:
    """Answers which group a key belongs to."""

    def __init__(self, overrides: Mapping[str, Iterable[str]] | None = None) -> None:
        self._rows = [
            (group, re.compile(_pattern(pattern), re.IGNORECASE))
            for group, patterns in (overrides or {}).items()
            for pattern in patterns
        ]
        self._words = {
            word: (rank, group)
            for rank, (group, words) in reversed(list(enumerate(GROUPS.items())))
            for word in words
        }
        self.names = list(dict.fromkeys([*(overrides or {}), *GROUPS]))

    def of(self, key: str) -> str:
        """Return the group of a key: of the overrides, by its words, else `Infrastructure`."""
        for group, pattern in self._rows:
            if pattern.fullmatch(key):
                return group
        words = re.split(r"[^A-Za-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).upper())
        ranked = [self._words[word] for word in words if word in self._words]
        # A vendor in front says more than a common word behind it: AWS_S3_BUCKET is AWS's.
        if words and words[0] in self._words:
            return self._words[words[0]][1]
        return min(ranked)[1] if ranked else FALLBACK


def _pattern(pattern: str) -> str:
    return wildcards(pattern)
