"""What the approved template takes and says, and why it may not go out."""

import re

from runtime.settings import Settings
from sandbox.whatsapp.graph import Failure, missing, wrong_parameter

MAX_TEMPLATE_BODY = 1024
TEMPLATE_TEXT = "Good news about what you reported: {}"
TEMPLATE_STATES: dict[str, tuple[int, int, str, str] | None] = {
    "approved": None,
    "missing": (404, 132001, "Template name does not exist in the translation", "the template does not exist"),
    "paused": (400, 132015, "Template is paused", "the template is paused for its low quality"),
    "disabled": (400, 132016, "Template is disabled", "the template is disabled for its low quality"),
}


def template_text(settings: Settings, template: object, state: str) -> str:
    """The text the template makes; the approved one has one body parameter."""
    if not isinstance(template, dict) or not isinstance(template.get("language"), dict):
        raise missing("template, template.language")
    name, code = template.get("name"), template["language"].get("code")
    refusal = TEMPLATE_STATES[state]
    if refusal is not None:
        raise Failure(*refusal)
    if name != settings.whatsapp_template or code not in codes(settings.whatsapp_template_language):
        details = f"template name ({name}) does not exist in {code}"
        raise Failure(404, 132001, "Template name does not exist in the translation", details)
    values = _body_parameters(template.get("components", []))
    if len(values) != 1:
        details = (
            f"body: number of localizable_params ({len(values)}) does not match the expected number of params (1)"
        )
        raise Failure(400, 132000, "Number of parameters does not match the expected number of params", details)
    text = TEMPLATE_TEXT.format(values[0])
    if len(text) > MAX_TEMPLATE_BODY:
        raise Failure(400, 132005, "Translated text too long", f"body: over {MAX_TEMPLATE_BODY} characters")
    return text


def codes(languages: str) -> set[str]:
    """The languages the played template is approved in."""
    return {code.strip() for code in languages.split(",")}


def _body_parameters(components: object) -> list[str]:
    if not isinstance(components, list):
        raise wrong_parameter("Param template['components'] must be an array.")
    values: list[str] = []
    for component in components:
        parameters = component.get("parameters") if isinstance(component, dict) else None
        if not isinstance(parameters, list) or component.get("type") != "body":
            raise Failure(400, 132012, "Parameter format does not match", "components: body with parameters expected")
        values += [_parameter_text(parameter) for parameter in parameters]
    return values


def _parameter_text(parameter: object) -> str:
    """Template parameters: text, not empty, on one line and without long gaps."""
    text = parameter.get("text") if isinstance(parameter, dict) and parameter.get("type") == "text" else None
    if not isinstance(text, str):
        raise Failure(400, 132012, "Parameter format does not match", "body: text parameter expected")
    if not text.strip():
        raise missing("Parameter of type text is missing text value")
    if re.search(r"[\n\r\t]| {5,}", text):
        said = "Param text cannot have new-line/tab characters or more than 4 consecutive spaces"
        raise Failure(400, 132018, "There was an issue with the parameters in the template", said)
    return text
