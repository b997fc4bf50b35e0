"""The peer of cold start: an MCP server of the same SDK with one tool that does nothing."""

from mcp.server import MCPServer

server = MCPServer("empty")


@server.tool()
def what_works(subject: str) -> str:
    """Answer nothing."""
    return subject


if __name__ == "__main__":
    server.run("stdio")
