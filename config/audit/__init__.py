"""The audit trail: who read what, when and from where. Never a value."""
