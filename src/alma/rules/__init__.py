"""Decisions, pure: time, vectors and randomness come in as arguments, and nothing is stored."""
