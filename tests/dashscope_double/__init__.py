"""A double of DashScope: its wire as the SDK speaks it, its delays and its faults, as a process of its own.

`process` starts it and talks to its control port; `service` is what it remembers; `server` is the wire; `media`
makes what can be downloaded.
"""
