"""The outside: where events and memories are kept."""
