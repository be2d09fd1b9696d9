"""Door 1: people in Slack."""
