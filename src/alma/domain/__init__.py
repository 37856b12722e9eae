"""The values of ALMA: what is remembered, by whom, and what comes back. Standard library only."""
