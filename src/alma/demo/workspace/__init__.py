"""Files that are copied into the agents' folder: what their tests import. They know nothing of ALMA."""
