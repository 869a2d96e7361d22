"""Notion and Snowflake kept in step, both ways: a pure engine, and a shell that reads and writes.

The engine (`types`, `merge`, `decide`, `brake`, `properties/`) decides what is to be done from what
was seen, without a network, a clock or a random number. The shell (`notion/`, `account/`, `cycle`,
`watch`) sees and does.
"""
