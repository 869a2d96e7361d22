"""YAML definitions -> typed objects -> graph -> plan. No network, no SQL text."""
