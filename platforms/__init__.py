"""The outside world: one folder a system, knowing nothing of each other."""

CHANNELS = ("slack", "intercom", "whatsapp", "email", "in_app")
"""Adding a channel is a folder here and its name in this line."""
