"""The words columns may hold. A channel is plain text, checked at the door."""

from enum import IntEnum, StrEnum


class TicketStatus(StrEnum):
    OPEN = "open"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"


class TicketType(StrEnum):
    BUG = "bug"
    FEATURE_REQUEST = "feature_request"
    QUESTION = "question"
    INCIDENT = "incident"


class Priority(IntEnum):
    CRITICAL = 0
    HIGH = 1
    MEDIUM = 2
    NORMAL = 3
    LOW = 4
    MINIMAL = 5


class EnrichmentStatus(StrEnum):
    PENDING = "pending"
    COMPLETED = "completed"
    FAILED = "failed"


class SuggestionOutcome(StrEnum):
    """What a person made of the model's triage."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    MODIFIED = "modified"
    REJECTED = "rejected"


class SourceKind(StrEnum):
    REPORT = "report"
    COMMENT = "comment"


class ChangelogStatus(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"


class NotificationStatus(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    PERMANENTLY_FAILED = "permanently_failed"
    CHANNEL_RESTRICTED = "channel_restricted"


class NotificationPurpose(StrEnum):
    RESOLUTION = "resolution"
    ACKNOWLEDGEMENT = "acknowledgement"
    REPLY = "reply"


class AttachmentStatus(StrEnum):
    PENDING = "pending"
    STORED = "stored"
    REFUSED = "refused"


class GroupStatus(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"


class AnalysisStatus(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class SuggestionStatus(StrEnum):
    """What a person made of a suggested group."""

    OPEN = "open"
    USED = "used"
    DISMISSED = "dismissed"


class DeliveryStatus(StrEnum):
    READ = "read"
    UNREADABLE = "unreadable"


class JobStatus(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"


class DeadLetterStatus(StrEnum):
    UNRESOLVED = "unresolved"
    RESOLVED = "resolved"


class Scope(StrEnum):
    """What a key of the REST API may do."""

    READ = "read"
    WRITE = "write"
    SEND = "send"
    """Have reporters told."""
    OPERATE = "operate"
    """Run work again, read deliveries again."""
    PRIVACY = "privacy"
    """Export what is kept of a person, and erase it."""


class ActorType(StrEnum):
    USER = "user"
    REPORTER = "reporter"
    SYSTEM = "system"
    NOTION_SYNC = "notion_sync"


class EventType(StrEnum):
    CREATED = "created"
    COMMENTED = "commented"
    MESSAGE_EDITED = "message_edited"
    MESSAGE_DELETED = "message_deleted"
    TRIAGE_REQUESTED = "triage_requested"
    AI_TRIAGED = "ai_triaged"
    AI_TRIAGE_FAILED = "ai_triage_failed"
    SUGGESTION_ACCEPTED = "suggestion_accepted"
    SUGGESTION_MODIFIED = "suggestion_modified"
    SUGGESTION_REJECTED = "suggestion_rejected"
    SYNCED_TO_NOTION = "synced_to_notion"
    NOTION_PAGE_TRASHED = "notion_page_trashed"
    STATUS_CHANGED = "status_changed"
    FIELDS_CHANGED = "fields_changed"
    ASSIGNED = "assigned"
    CHANGELOG_REQUESTED = "changelog_requested"
    CHANGELOG_DRAFTED = "changelog_drafted"
    CHANGELOG_FAILED = "changelog_failed"
    CHANGELOG_EDITED = "changelog_edited"
    CHANGELOG_APPROVED = "changelog_approved"
    REPLY_SENT = "reply_sent"
    NOTIFICATION_SENT = "notification_sent"
    NOTIFICATION_DELIVERED = "notification_delivered"
    NOTIFICATION_READ = "notification_read"
    NOTIFICATION_FAILED = "notification_failed"
    NOTIFICATION_UNSURE = "notification_unsure"
    NOTIFICATION_RETRIED = "notification_retried"
    TICKET_GROUPED = "ticket_grouped"
    TICKET_UNGROUPED = "ticket_ungrouped"
    GROUP_RESOLVED = "group_resolved"
    PII_REDACTED = "pii_redacted"
    AI_ANSWER_FLAGGED = "ai_answer_flagged"
    REPORTER_MERGED = "reporter_merged"
    REPORTER_SEPARATED = "reporter_separated"
    REPORTER_ERASED = "reporter_erased"
