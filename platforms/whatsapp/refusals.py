"""What the error codes of Meta's Graph API mean, as a sentence with the next step."""

from platforms.payload import Unexpected, child, children, whole, words

PAUSE_CODES = frozenset({4, 80007, 130429, 131056})
"""Rate limits of the app, the account, the number and the pair: nothing was sent."""
PASSING_CODES = frozenset({131000, 131016, 131057})
PAIR_CODE = 131056
WINDOW_CODE = 131047
TEMPLATE_CODES = range(132000, 133000)
PERMISSION_CODES = frozenset({3, 10, *range(200, 300)})

TOKEN = "WhatsApp does not accept the token: check WHATSAPP_API_TOKEN."  # noqa: S105 - a sentence
POLICY = "Meta has restricted this WhatsApp account: see Account quality in WhatsApp Manager."
TEMPLATE = "WhatsApp does not send the template as it stands: see its state in WhatsApp Manager"
ANOTHER_WAY = "reach the person another way"

SENTENCES = {
    0: TOKEN,
    190: TOKEN,
    4: "The app sends too much at the moment; it is sent later.",
    80007: "The WhatsApp account sends too much at the moment; it is sent later.",
    130429: "The WhatsApp number sends too much at the moment; it is sent later.",
    131056: "Too many messages to this person in a short time; it is sent later.",
    131000: "WhatsApp had an error of its own; it is tried again.",
    131016: "WhatsApp is not available at the moment; it is tried again.",
    131057: "The WhatsApp account is under maintenance; it is tried again.",
    135000: "WhatsApp could not send this message for a reason it does not name: look at it and send it again.",
    368: POLICY,
    131031: POLICY,
    130497: "This WhatsApp account may not write to people in that country: " + ANOTHER_WAY + ".",
    131008: "A required part of the message is missing: report this as a defect.",
    131009: "A part of the message has a value WhatsApp does not take: check the template and its language.",
    131021: "Sender and recipient are the same number.",
    131026: "The message cannot be delivered: the person may not be on WhatsApp or has an old app; "
    + ANOTHER_WAY
    + ".",
    131030: "The recipient is not in the list of allowed test numbers: add the number in the Meta app.",
    131042: "WhatsApp has a problem with the payment method: see Billing in Meta Business Suite.",
    131045: "The WhatsApp number is not registered: register it in WhatsApp Manager.",
    131047: "More than 24 hours have passed since the person last wrote: only the template may be sent.",
    131048: "WhatsApp limits this number because messages were reported as spam: see its quality rating.",
    131049: "WhatsApp chose not to deliver this message to keep people's inboxes healthy: " + ANOTHER_WAY + ".",
    131050: "The person does not want marketing messages from this account: " + ANOTHER_WAY + ".",
    131051: "WhatsApp does not support this kind of message: report this as a defect.",
    131052: "WhatsApp could not fetch what the person sent: ask them to send it again.",
    131053: "WhatsApp could not take the attached file: check its type and size.",
    131062: "This message needs the person's phone number, which WhatsApp does not show: " + ANOTHER_WAY + ".",
    131064: "The account has reached its messaging limit: see the limits in WhatsApp Manager.",
    132000: "The number of the template's parameters is wrong: the template needs exactly one in its body.",
    132001: "The template does not exist in this language or is not approved: check WHATSAPP_TEMPLATE and "
    "WHATSAPP_TEMPLATE_LANGUAGE.",
    132005: "The text is too long for the template: lower WHATSAPP_TEMPLATE_LENGTH.",
    132007: "The template breaks a WhatsApp policy: change it in WhatsApp Manager.",
    132008: "A parameter of the template has the wrong form: check the template in WhatsApp Manager.",
    132012: "A parameter of the template has the wrong form: check the template in WhatsApp Manager.",
    132015: "The template is paused for low quality: change it in WhatsApp Manager.",
    132016: "The template is switched off for low quality: make a new one and set WHATSAPP_TEMPLATE.",
}


def sentence(code: int, said: str = "") -> str:
    """What a code means; `said` is Meta's own text for codes nobody here knows."""
    if code in SENTENCES:
        return SENTENCES[code]
    if code in PERMISSION_CODES:
        return "The WhatsApp token may not do this: give the system user the permission in Meta Business Suite."
    if code in TEMPLATE_CODES:
        return f"{TEMPLATE}{f' ({said})' if said else ''}."
    return f"WhatsApp error {code}{f', {said}' if said else ''}: look it up in WhatsApp Manager."


def first_error(parent: object) -> tuple[int, str]:
    """Code and Meta's words of the first of `errors`. Raises Unexpected when there is none."""
    for error in children(parent, "errors"):
        code = whole(error, "code")
        if code is not None:
            details = words(child(error, "error_data"), "details")
            return code, details or words(error, "title") or words(error, "message")
    raise Unexpected("it names no error")


def remedy(code: int) -> str | None:
    """What may be done about a message that failed after it was taken: `retry`, `template`, or nothing."""
    if code == WINDOW_CODE:
        return "template"
    return "retry" if code in PAUSE_CODES | PASSING_CODES else None
