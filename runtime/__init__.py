"""The wiring: settings, logs, and everything a process opens once."""
