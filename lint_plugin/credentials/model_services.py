"""Formats of the keys of services that run models, search for them or watch them."""

from .provider import Provider

MODEL_SERVICES: tuple[Provider, ...] = (
    Provider(
        "Groq key",
        ("gsk_",),
        r"gsk_[A-Za-z0-9]{52}",
        "https://console.groq.com/docs/api-keys",
    ),
    Provider(
        "xAI key",
        ("xai-",),
        r"xai-[A-Za-z0-9]{70,90}",
        "https://docs.x.ai/docs/tutorial",
    ),
    Provider(
        "Replicate token",
        ("r8_",),
        r"r8_[A-Za-z0-9]{37}",
        "https://replicate.com/docs/topics/security/api-tokens",
    ),
    Provider(
        "Pinecone key",
        ("pcsk_",),
        r"pcsk_[A-Za-z0-9]{4,8}_[A-Za-z0-9]{55,70}",
        "https://docs.pinecone.io/guides/projects/manage-api-keys",
    ),
    Provider(
        "Perplexity key",
        ("pplx-",),
        r"pplx-[A-Za-z0-9]{48}",
        "https://docs.perplexity.ai/guides/api-key-management",
    ),
    Provider(
        "NVIDIA key",
        ("nvapi-",),
        r"nvapi-[A-Za-z0-9_-]{60,70}",
        "https://docs.nvidia.com/ngc/latest/ngc-user-guide.html",
    ),
    Provider(
        "Cerebras key",
        ("csk-",),
        r"csk-[a-z0-9]{48}",
        "https://inference-docs.cerebras.ai/quickstart",
    ),
    Provider(
        "Fireworks key",
        ("fw_",),
        r"fw_[A-Za-z0-9]{22,24}",
        "https://docs.fireworks.ai/getting-started/quickstart",
    ),
    Provider(
        "Tavily key",
        ("tvly-",),
        r"tvly-(?:(?:dev|prod)-)?[A-Za-z0-9]{32}",
        "https://docs.tavily.com/documentation/quickstart",
    ),
    Provider(
        "Firecrawl key",
        ("fc-",),
        r"fc-[a-f0-9]{32}",
        "https://docs.firecrawl.dev/introduction",
    ),
    Provider(
        "LangSmith key",
        ("lsv2_",),
        r"lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}",
        "https://docs.langchain.com/langsmith/create-account-api-key",
    ),
    Provider(
        "Langfuse secret key",
        ("sk-lf-",),
        r"sk-lf-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "https://langfuse.com/docs/api-and-data-platform/features/public-api",
    ),
    Provider(
        "Voyage key",
        ("pa-",),
        r"pa-[A-Za-z0-9_-]{43}",
        "https://docs.voyageai.com/docs/api-key-and-installation",
    ),
    Provider(
        "Jina key",
        ("jina_",),
        r"jina_[A-Za-z0-9]{32}[A-Za-z0-9_-]{28}",
        "https://jina.ai/api-dashboard/",
    ),
    Provider(
        "E2B key",
        ("e2b_",),
        r"e2b_[a-f0-9]{40}",
        "https://e2b.dev/docs/api-key",
    ),
    Provider(
        "Weights & Biases key",
        ("wandb_v1_",),
        r"wandb_v1_[A-Za-z0-9_]{60,90}",
        "https://docs.wandb.ai/platform/hosting/iam/api_keys",
    ),
)
