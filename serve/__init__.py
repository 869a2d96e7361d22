"""The MCP server over the knowledge base."""
