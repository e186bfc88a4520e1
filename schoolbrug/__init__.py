"""The command line and the configuration: puts the rooms together; nothing imports it."""
