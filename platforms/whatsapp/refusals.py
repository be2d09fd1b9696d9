"""What the error codes of Meta's Graph API mean, as a sentence with the next step."""

from platforms.errors import ANOTHER_WAY, DEFECT, WAIT
from platforms.payload import Unexpected, child, children, whole, words

PAUSE_CODES = frozenset({4, 17, 80007, 130429, 131056})
"""Rate limits of the app, its user, the account, the number and the pair: nothing was sent."""
PASSING_CODES = frozenset({2, 131000, 131016, 131057})
EITHER_CODES = frozenset({1})
"""A failure of Meta's or a mistake of ours: the HTTP status says which."""
NOT_TO_THEM_CODES = frozenset({130472, 130497, 131026, 131049, 131050, 131062})
PAIR_CODE = 131056
WINDOW_CODE = 131047
PARAMETER_CODE = 100
TEMPLATE_CODES = range(132000, 133000)
PERMISSION_CODES = frozenset({3, 10, *range(200, 300)})

TOKEN = "WhatsApp does not accept the token: check WHATSAPP_API_TOKEN."  # noqa: S105 - a sentence
POLICY = "Meta has restricted this WhatsApp account: see Account quality in WhatsApp Manager."
TEMPLATE = "WhatsApp does not send the template as it stands: see its state in WhatsApp Manager"
THE_NUMBER = "check WHATSAPP_PHONE_NUMBER_ID"
PERMISSION = "The WhatsApp token may not do this: give the system user the permission in Meta Business Suite."
PARAMETER = "A parameter of the template has the wrong form: check the template in WhatsApp Manager."

SENTENCES = {
    0: TOKEN,
    190: TOKEN,
    104: TOKEN,
    131005: PERMISSION,
    4: f"The app asks Meta too much at the moment: {WAIT}.",
    17: f"The owner of the token asks Meta too much at the moment: {WAIT}.",
    80007: f"The WhatsApp account sends too much at the moment: {WAIT}.",
    130429: f"The WhatsApp number sends too much at the moment: {WAIT}.",
    131056: f"Too many messages to this person in a short time: {WAIT}.",
    1: f"Meta failed, or did not understand the request: {WAIT}.",
    2: f"Meta is not available at the moment: {WAIT}.",
    131000: f"WhatsApp had an error of its own: {WAIT}.",
    131016: f"WhatsApp is not available at the moment: {WAIT}.",
    131057: f"The WhatsApp account is under maintenance: {WAIT}.",
    33: f"The WhatsApp number was deleted: {THE_NUMBER}.",
    803: f"Meta knows no such number or file: {THE_NUMBER}.",
    135000: "WhatsApp could not send this message for a reason it does not name: look at it and send it again.",
    368: POLICY,
    131031: POLICY,
    130472: f"WhatsApp has the person in an experiment and delivers nothing to them: {ANOTHER_WAY}.",
    130497: f"This WhatsApp account may not write to people in that country: {ANOTHER_WAY}.",
    131008: f"A required part of the message is missing: {DEFECT}.",
    131009: "A part of the message has a value WhatsApp does not take: check the template and its language.",
    131021: "Sender and recipient are the same number: answer from another one.",
    131026: "The message cannot be delivered, as the person may not be on WhatsApp or has an old app: "
    f"{ANOTHER_WAY}.",
    131030: "The recipient is not in the list of allowed test numbers: add the number in the Meta app.",
    131037: "The name of the WhatsApp number is not approved yet: see the number in WhatsApp Manager.",
    131042: "WhatsApp has a problem with the payment method: see Billing in Meta Business Suite.",
    131045: "The WhatsApp number is not registered: register it in WhatsApp Manager.",
    131047: "More than 24 hours have passed since the person last wrote, so only the template may be sent: "
    f"wait until they write, or {ANOTHER_WAY}.",
    131048: "WhatsApp limits this number because messages were reported as spam: see its quality rating.",
    131049: f"WhatsApp chose not to deliver this message to keep people's inboxes healthy: {ANOTHER_WAY}.",
    131050: f"The person does not want marketing messages from this account: {ANOTHER_WAY}.",
    131051: f"WhatsApp does not support this kind of message: {DEFECT}.",
    131052: "WhatsApp could not fetch what the person sent: ask them to send it again.",
    131053: "WhatsApp could not take the attached file: check its type and size.",
    131062: f"This message needs the person's phone number, which WhatsApp does not show: {ANOTHER_WAY}.",
    131064: "The account has reached its messaging limit: see the limits in WhatsApp Manager.",
    132000: "The number of the template's parameters is wrong: give the template exactly one in its body.",
    132001: "The template does not exist in this language or is not approved: check WHATSAPP_TEMPLATE and "
    "WHATSAPP_TEMPLATE_LANGUAGE.",
    132005: "The text is too long for the template: lower WHATSAPP_TEMPLATE_LENGTH.",
    132007: "The template breaks a WhatsApp policy: change it in WhatsApp Manager.",
    132008: PARAMETER,
    132012: PARAMETER,
    132018: PARAMETER,
    132015: "The template is paused for low quality: change it in WhatsApp Manager.",
    132016: "The template is switched off for low quality: make a new one and set WHATSAPP_TEMPLATE.",
    133010: "The WhatsApp number is not registered: register it in WhatsApp Manager.",
}


def sentence(code: int, said: str = "") -> str:
    """What a code means; `said` is Meta's own text for codes that say too little by themselves."""
    if code in SENTENCES:
        return SENTENCES[code]
    if code in PERMISSION_CODES:
        return PERMISSION
    if code in TEMPLATE_CODES:
        return f"{TEMPLATE}{f' ({said})' if said else ''}."
    if code == PARAMETER_CODE:
        quoted = f" (“{said}”)" if said else ""
        return f"Meta did not take a part of the request{quoted}: {THE_NUMBER}, or {DEFECT}."
    return f"WhatsApp error {code}{f', {said}' if said else ''}: look the code up in Meta's page “Error codes”."


def is_not_to_them(code: int) -> bool:
    """Whether this person cannot be told so, or not with this template."""
    return code in NOT_TO_THEM_CODES or code in TEMPLATE_CODES


def is_final(code: int) -> bool:
    """Whether it stays a refusal whatever HTTP status it comes with: Meta answers some of them with 500."""
    known = code in SENTENCES or code in PERMISSION_CODES or code in TEMPLATE_CODES or code == PARAMETER_CODE
    return known and code not in PASSING_CODES | EITHER_CODES


def first_error(parent: object) -> tuple[int, str]:
    """Code and Meta's words of the first of `errors`. Raises Unexpected when there is none."""
    for error in children(parent, "errors"):
        code = whole(error, "code")
        if code is not None:
            details = words(child(error, "error_data"), "details")
            return code, details or words(error, "title") or words(error, "message")
    raise Unexpected("it names no error")


def remedy(code: int) -> str | None:
    """What may be done about a message that failed after it was taken, in the words of a Receipt."""
    if code == WINDOW_CODE:
        return "template"
    if is_not_to_them(code):
        return "another_way"
    return "retry" if code in PAUSE_CODES | PASSING_CODES else None
