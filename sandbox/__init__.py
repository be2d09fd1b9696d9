"""The stand-in: plays Slack, Intercom, WhatsApp, Notion and OpenAI over HTTP; nothing imports it."""
