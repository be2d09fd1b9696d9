"""The rules: functions over a session; no HTTP, no Slack, no queue."""
