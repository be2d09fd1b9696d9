"""What `python -m bot check` tries at OpenAI: the key, and whether the models are served."""

from collections.abc import Sequence
from functools import partial

from hub.wording import listed
from platforms.checking import Finding, Probe, note, ok, wrong
from platforms.openai.client import OpenAI


def probes(openai: OpenAI, *, model: str, embedding_model: str, offered: Sequence[str]) -> Sequence[Probe]:
    """`model` and `embedding_model` are asked unless somebody chooses another of those `offered`."""
    return [partial(_models, openai, model, embedding_model, offered)]


async def _models(openai: OpenAI, model: str, embedding_model: str, offered: Sequence[str]) -> list[Finding]:
    served = await openai.served()
    findings = [ok(f"The key is taken; {len(served)} models are served.")]
    for setting, wanted in (("OPENAI_MODEL", model), ("OPENAI_EMBEDDING_MODEL", embedding_model)):
        if wanted in served:
            findings.append(ok(f"{wanted} ({setting}) is one of them."))
        else:
            findings.append(wrong(f"{wanted} is not served: set {setting} to a model that is."))
    missing = [one for one in offered if one not in served and one != model]
    if missing:
        findings.append(note(f"Of OPENAI_MODELS {listed(missing)} cannot be chosen: not served."))
    return findings
