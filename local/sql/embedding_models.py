"""The embedding models that Cortex serves, and how long their vectors are."""

# Model -> dimensions. Source: Snowflake's pages "EMBED_TEXT_768 (SNOWFLAKE.CORTEX)" and "AI_EMBED".
MODELS_768 = {
    "snowflake-arctic-embed-m-v1.5": 768,
    "snowflake-arctic-embed-m": 768,
    "e5-base-v2": 768,
}
MODELS = {
    **MODELS_768,
    "snowflake-arctic-embed-l-v2.0": 1024,
    "snowflake-arctic-embed-l-v2.0-8k": 1024,
    "nv-embed-qa-4": 1024,
    "multilingual-e5-large": 1024,
    "voyage-multilingual-2": 1024,
}
