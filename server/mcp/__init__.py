"""The MCP server: tools, their schemas and their words."""
