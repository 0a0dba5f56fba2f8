"""The `taskgate` command: a server, a demo, and a client of both."""
