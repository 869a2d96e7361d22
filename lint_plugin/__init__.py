"""The lint rules, the engine behind `hushflake check`, and the flake8 plugin."""
