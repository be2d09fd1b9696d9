"""Models behind OpenAI's API or any server compatible with it; they are sent nothing but scrubbed text."""
