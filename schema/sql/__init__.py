"""The room where SQL text is read: tokens, comparison, names in queries, and the gate.

Nothing is parsed here: Snowflake's grammar is larger than any parser of it, so what a parser cannot
read is not refused for that. Parsing is the importer's, which stands on top.
"""
