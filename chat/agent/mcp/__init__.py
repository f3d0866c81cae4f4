"""MCP servers: connections that one slow call does not block, and their tools."""
