"""The sentences of the stand-in. Each says whose they are, so that nobody takes them for a model's."""

from sandbox.openai.prompt import Prompt

MARK = "(sandbox model)"


def sections(prompt: Prompt) -> dict[str, str]:
    """The parts of a changelog entry by their headings."""
    return {
        "What happened": f"You told us about this: {prompt.topic}.",
        "How we fixed it": "We found the cause, corrected it and checked that it works again.",
        "Going forward": f"We watch this part more closely now. Thank you for telling us. {MARK}",
    }


def prose(prompt: Prompt) -> str:
    """A changelog entry where the prompt asks for its sections, else one sentence."""
    if "what happened" not in prompt.whole.lower():
        return sentence(prompt)
    return "\n\n".join(f"**{heading}:** {text}" for heading, text in sections(prompt).items())


def sentence(prompt: Prompt) -> str:
    return f"The reporter writes about this: {prompt.topic}. {MARK}"


def title(prompt: Prompt) -> str:
    return f"{prompt.topic[:60].strip()} {MARK}"
