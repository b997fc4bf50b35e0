"""The edges: MCP, command line, demo."""
