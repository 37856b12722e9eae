"""What is copied into the agents' folder for their tests to import. It knows nothing of ALMA."""
