"""The sentences of the stand-in, as a support team would write them, in the language of the report."""

from dataclasses import dataclass

from sandbox.openai.prompt import Prompt


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a customer; `{topic}` stands for what they wrote about, `shared` is fit for many at once."""

    happened: str
    shared: str
    asked: str
    fixed: str
    added: str
    onward: str


ANSWERS = {
    "en": Answer(
        happened="You wrote to us: “{topic}”. We are sorry for the trouble this caused you.",
        shared="You and others told us of the same problem. We are sorry for the trouble it caused.",
        asked="You asked us: “{topic}”.",
        fixed="It has been fixed.",
        added="It has been taken care of.",
        onward="Should anything be amiss, just answer here. Thank you for writing to us.",
    ),
    "es": Answer(
        happened="Nos escribió: «{topic}». Sentimos las molestias que le ha causado.",
        shared="Usted y otras personas nos avisaron del mismo problema. Sentimos las molestias que ha causado.",
        asked="Nos preguntó: «{topic}».",
        fixed="Ya está arreglado.",
        added="Ya nos hemos ocupado.",
        onward="Si algo no va bien, respóndanos aquí. Gracias por escribirnos.",
    ),
}


def sections(prompt: Prompt) -> dict[str, str]:
    """The parts of a changelog entry by their headings, which are English in every language."""
    say = ANSWERS[prompt.language]
    is_wish = prompt.kind in ("feature", "question") and not prompt.is_for_many
    happened = say.shared if prompt.is_for_many else say.asked if is_wish else say.happened
    return {
        "What happened": happened.format(topic=prompt.topic),
        "How we fixed it": say.added if is_wish else say.fixed,
        "Going forward": say.onward,
    }


def prose(prompt: Prompt) -> str:
    """A changelog entry where the prompt asks for its sections, else one sentence."""
    if "what happened" not in prompt.whole.lower():
        return sentence(prompt)
    return "\n\n".join(f"**{heading}:** {text}" for heading, text in sections(prompt).items())


def sentence(prompt: Prompt) -> str:
    return f"The reporter writes about this: {prompt.topic}."


def title(prompt: Prompt) -> str:
    return prompt.topic[:60].strip()
