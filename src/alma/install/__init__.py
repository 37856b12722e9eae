"""Puts ALMA into the programs that agents run in, and takes it out again without a trace."""
