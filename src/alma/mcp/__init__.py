"""The MCP server: the verbs as tools for a model, over stdio or HTTP. It parses, calls one verb, and answers.

What a model writes here is its word, and it speaks for the agents that the server was started for, whatever it says.
"""
