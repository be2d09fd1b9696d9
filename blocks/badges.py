"""How a status, a priority, a type and a channel look: always a sign and a word, never the sign alone."""

from storage.enums import NotificationStatus, Priority, TicketStatus, TicketType

STATUS = {
    TicketStatus.OPEN: "🔵 Open",
    TicketStatus.IN_PROGRESS: "🟡 In progress",
    TicketStatus.RESOLVED: "✅ Resolved",
}
PRIORITY = {
    Priority.CRITICAL: "🔴 Critical",
    Priority.HIGH: "🟠 High",
    Priority.MEDIUM: "🟡 Medium",
    Priority.NORMAL: "🟢 Normal",
    Priority.LOW: "🔵 Low",
    Priority.MINIMAL: "⚪ Minimal",
}
TYPE = {
    TicketType.BUG: "🐞 Bug",
    TicketType.FEATURE_REQUEST: "💡 Feature request",
    TicketType.QUESTION: "❓ Question",
    TicketType.INCIDENT: "🚨 Incident",
}
CHANNEL = {
    "slack": "💬 Slack",
    "intercom": "🗨️ Intercom",
    "whatsapp": "📱 WhatsApp",
    "email": "✉️ E-mail",
    "in_app": "🔔 In-app",
}
CONNECTION = CHANNEL | {"notion": "📓 Notion", "openai": "🤖 Models", "s3": "📎 Files"}
LANGUAGE = {"en": "English", "es": "Spanish"}
DELIVERY = {
    NotificationStatus.PENDING: "⏳ waiting to be sent",
    NotificationStatus.SENDING: "📤 being sent",
    NotificationStatus.SENT: "📨 sent",
    NotificationStatus.DELIVERED: "📬 delivered",
    NotificationStatus.READ: "✅ read",
    NotificationStatus.FAILED: "⚠️ failed, to be tried again",
    NotificationStatus.PERMANENTLY_FAILED: "❌ failed for good",
    NotificationStatus.CHANNEL_RESTRICTED: "🚫 not allowed on this channel, reach them another way",
}


def status(word: str) -> str:
    return STATUS[TicketStatus(word)]


def priority(number: int) -> str:
    return PRIORITY[Priority(number)]


def ticket_type(word: str) -> str:
    return TYPE[TicketType(word)]


def delivery(word: str) -> str:
    return DELIVERY[NotificationStatus(word)]


def channel(name: str) -> str:
    """A channel we have no sign for is shown by its name: a new one needs nothing here."""
    return CHANNEL.get(name) or "📨 " + name.replace("_", " ").capitalize()


def word(badge: str) -> str:
    """A badge without its sign, for text that is read aloud."""
    return badge.partition(" ")[2]
