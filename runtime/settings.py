"""Every setting, read and checked in one place; nothing else reads the environment."""

import math
import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, StringConstraints, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from platforms.signature import secrets_in
from runtime.crashing import Point
from storage.keyring import KEY_BYTES

Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$")]
Port = Annotated[int, Field(ge=1, le=65535)]
PortOrOff = Annotated[int, Field(ge=0, le=65535)]
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NO_SECRET = SecretStr("")
SHORTEST_KEY = 16
ORIGIN = r"(https://[a-z0-9-]+(\.[a-z0-9-]+)*|http://localhost)(:[1-9][0-9]{0,4})?"
BUCKET = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
NOTION_ID = r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}"
DEFAULT_PORT = r"^https:.*:443$|^http:.*:80$"
SIGNING = ("slack_signing_secret", "intercom_webhook_secret", "whatsapp_webhook_secret", "notion_webhook_secret")


class SettingsError(Exception):
    """The environment is wrong; the message names every wrong setting at once and shows no value."""


class Settings(BaseSettings):
    """What an operator can set. Empty variables count as not set; blanks around a value do not count."""

    model_config = SettingsConfigDict(
        env_file=".env",
        extra="ignore",
        env_ignore_empty=True,
        str_strip_whitespace=True,
        frozen=True,
        validate_default=True,
    )

    hub_env: Literal["development", "production"] = "production"
    hub_home: Path = Path(".hub")
    hub_crash_at: Point | Literal[""] = ""
    """Where every process dies on the spot; in development only."""
    hub_api_key: SecretStr = NO_SECRET
    hub_encryption_key: SecretStr = NO_SECRET
    """Comma-separated: the first seals what is personal, every one opens. `openssl rand -hex 32` makes one."""
    api_requests_per_second: Annotated[float, Field(gt=0)] = 100
    """Of one key."""
    api_model_requests_per_minute: Annotated[float, Field(gt=0)] = 120
    """Of one key, where a model is asked, which costs money."""
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Pages of these may use the REST API, as browsers write an origin."""
    intake_url: Annotated[str, StringConstraints(pattern=r"^(https?://[^\s?#]+)?$")] = ""
    """Where browsers reach intake."""
    listen_host: str = "127.0.0.1"
    intake_port: Port = 3000
    sandbox_port: Port = 3001
    bot_port: Port = 3002
    metrics_host: str = "127.0.0.1"
    intake_metrics_port: PortOrOff = 3010
    bot_metrics_port: PortOrOff = 3012
    worker_metrics_port: PortOrOff = 3013
    otel_exporter_otlp_endpoint: Annotated[str, StringConstraints(pattern=r"^(https?://[^\s]+)?$")] = ""
    sandbox_url: str = ""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    database_url: SecretStr
    redis_url: SecretStr
    database_pool: Annotated[int, Field(ge=2, le=200)] = 10
    worker_concurrency: Annotated[int, Field(ge=1, le=200)] = 10
    sweep_seconds: Annotated[float, Field(gt=0)] = 2.0
    lease_seconds: Annotated[float, Field(ge=1)] = 20.0

    slack_bot_token: SecretStr = NO_SECRET
    slack_app_token: SecretStr = NO_SECRET
    """With it the bot connects to Slack (Socket Mode); without, Slack posts to the bot and signs."""
    slack_signing_secret: SecretStr = NO_SECRET
    """This and every secret that signs may be two, comma-separated, while it is changed: either one lets in."""
    slack_triage_channel: str = ""
    slack_agents: str = ""
    slack_base_url: Url = "https://slack.com/api/"
    slack_posts_per_second: Rate = 1
    """Into one channel (Slack's "Rate limits")."""
    slack_updates_per_minute: Rate = 50
    """Edits of messages in a workspace (Slack's "Rate limits": chat.update is of tier 3)."""

    intercom_api_token: SecretStr = NO_SECRET
    intercom_webhook_secret: SecretStr = NO_SECRET
    intercom_admin_id: str = ""
    intercom_app_id: str = ""
    intercom_base_url: Url = "https://api.intercom.io"
    intercom_version: str = "2.15"
    intercom_requests_per_second: Rate = 14
    """With bursts at most 160 in ten seconds: Intercom's "Rate limiting" gives the smallest apps 166."""
    intercom_acknowledge: bool = False

    whatsapp_api_token: SecretStr = NO_SECRET
    whatsapp_webhook_secret: SecretStr = NO_SECRET
    whatsapp_verify_token: SecretStr = NO_SECRET
    whatsapp_phone_number_id: str = ""
    whatsapp_base_url: Url = "https://graph.facebook.com"
    whatsapp_version: str = "v25.0"
    whatsapp_template: str = "issue_resolved"
    whatsapp_template_language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}[A-Za-z_, ]*$")] = "en_US"
    """The languages the template is approved in, comma-separated; the first is used for everybody else."""
    whatsapp_template_length: Annotated[int, Field(ge=20, le=1024)] = 200
    whatsapp_burst_seconds: Annotated[int, Field(ge=0)] = 120
    whatsapp_messages_per_second: Rate = 80
    """Of our number (Meta's "Throughput")."""
    whatsapp_pair_messages_per_minute: Rate = 10
    """To one person: Meta's "Pair rate limits" gives one message every six seconds."""
    whatsapp_acknowledge: bool = False

    notion_api_key: SecretStr = NO_SECRET
    notion_database_id: str = ""
    notion_webhook_secret: SecretStr = NO_SECRET
    notion_base_url: Url = "https://api.notion.com"
    notion_version: str = "2025-09-03"
    notion_requests_per_second: Rate = 3
    """Of one connection (Notion's "Request limits")."""
    notion_poll_seconds: Annotated[float, Field(gt=0)] = 120
    notion_overlap_seconds: Annotated[int, Field(ge=60)] = 180
    notion_status_map: dict[str, Literal["open", "in_progress", "resolved"]] = {
        "Done": "resolved",
        "In Progress": "in_progress",
        "In progress": "in_progress",
        "Open": "open",
        "To Do": "open",
        "Not started": "open",
    }

    triage_automatic: bool = False
    second_approver_above: Annotated[int, Field(ge=0)] = 0
    openai_api_key: SecretStr = NO_SECRET
    openai_base_url: Url = "https://api.openai.com/v1"
    openai_model: str = "gpt-5.1"
    openai_embedding_model: str = "text-embedding-3-small"
    openai_models: Annotated[tuple[str, ...], NoDecode] = ("gpt-5.1", "gpt-4.1", "gpt-4o-mini", "gpt-6-luna")
    openai_prices: dict[str, tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)]]] = {
        "gpt-5.1": (1.25, 10),
        "gpt-4.1": (2, 8),
        "gpt-4o-mini": (0.15, 0.6),
        "gpt-6-luna": (0.1, 0.5),
        "text-embedding-3-small": (0.02, 0),
    }
    """By model: US dollars for a million tokens read, and for a million written. List prices; yours may differ."""
    openai_requests_per_day: Annotated[int, Field(ge=0, lt=2**31)] = 2000
    """From midnight to midnight in UTC; 0 for no limit."""

    retention_deliveries_days: Annotated[int, Field(ge=1)] = 90
    retention_ai_calls_days: Annotated[int, Field(ge=31)] = 90
    """Metrics look back 30 days."""
    retention_dead_letters_days: Annotated[int, Field(ge=1)] = 90

    s3_bucket: str = ""
    s3_endpoint_url: Annotated[str, StringConstraints(pattern=r"^(https?://[^\s]+)?$")] = ""
    aws_region: str = "us-east-1"
    aws_access_key_id: SecretStr = NO_SECRET
    aws_secret_access_key: SecretStr = NO_SECRET
    """Without the two, what the environment of a process on AWS gives it: a role."""
    attachment_max_bytes: Annotated[int, Field(ge=1)] = 20 * 1024 * 1024
    request_seconds: Annotated[float, Field(gt=0)] = 10.0
    openai_seconds: Annotated[float, Field(gt=0)] = 60.0
    retry_base_seconds: Annotated[float, Field(gt=0)] = 5.0

    @property
    def secrets(self) -> frozenset[str]:
        """Every secret there is, also those inside of addresses."""
        values = {value.get_secret_value() for _, value in self if isinstance(value, SecretStr)}
        passwords = {urlsplit(value).password or "" for value in values if "://" in value}
        several = (getattr(self, name).get_secret_value() for name in (*SIGNING, "hub_encryption_key"))
        parts = {part for value in several for part in secrets_in(value)}
        return frozenset(values | passwords | parts) - {""}

    @property
    def encryption_keys(self) -> list[bytes]:
        return [bytes.fromhex(key) for key in secrets_in(self.hub_encryption_key.get_secret_value())]

    @property
    def is_development(self) -> bool:
        """Whether made-up reports and failures on purpose are to be had: never where customers are."""
        return self.hub_env == "development"

    @property
    def offered_models(self) -> tuple[str, ...]:
        """What agents may choose from: the default first."""
        return tuple(dict.fromkeys((self.openai_model, *self.openai_models)))

    @field_validator("openai_models", "cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())

    @field_validator("cors_origins")
    @classmethod
    def _origins_are_exact(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for place, origin in enumerate(origins, start=1):
            if "*" in origin:
                raise ValueError("a * would let the pages of strangers use the API: name each origin")
            if not re.fullmatch(ORIGIN, origin) or re.search(DEFAULT_PORT, origin):
                raise ValueError(
                    f"origin {place} is not written as browsers do: `https://desk.example.com`, in lower case,"
                    " without path, slash at the end or default port; `http://` is for localhost alone"
                )
        return origins

    @field_validator("s3_bucket")
    @classmethod
    def _bucket_is_a_name(cls, bucket: str) -> str:
        if bucket and not re.fullmatch(BUCKET, bucket):
            raise ValueError(
                "the name of a bucket alone, without `s3://` or a folder: 3 to 63 small letters, digits, `-` and `.`"
            )
        return bucket

    @field_validator("hub_crash_at")
    @classmethod
    def _nobody_dies_in_production(cls, point: str, given: ValidationInfo) -> str:
        if point and not _is_development(given):
            raise ValueError("it kills processes on purpose, so it wants HUB_ENV=development")
        return point

    @field_validator("intake_url")
    @classmethod
    def _exports_go_over_tls(cls, url: str, given: ValidationInfo) -> str:
        if not _is_development(given) and url.startswith("http:"):
            raise ValueError("it has to begin with https://, since what is exported there is personal")
        return url

    @field_validator("hub_api_key")
    @classmethod
    def _key_is_hard_to_guess(cls, key: SecretStr, given: ValidationInfo) -> SecretStr:
        length = len(key.get_secret_value())
        if not _is_development(given) and 0 < length < SHORTEST_KEY:
            raise ValueError(f"it has {length} characters and needs {SHORTEST_KEY}: `openssl rand -hex 32` makes one")
        return key

    @field_validator(*SIGNING)
    @classmethod
    def _secrets_are_hard_to_guess(cls, secrets: SecretStr, given: ValidationInfo) -> SecretStr:
        """Whoever guesses one can write as anybody."""
        shortest = min((len(secret) for secret in secrets_in(secrets.get_secret_value())), default=SHORTEST_KEY)
        if not _is_development(given) and shortest < SHORTEST_KEY:
            raise ValueError(f"it has {shortest} characters: copy it whole from the platform")
        return secrets

    @field_validator("slack_app_token")
    @classmethod
    def _app_token_is_one(cls, token: SecretStr) -> SecretStr:
        if token.get_secret_value() and not token.get_secret_value().startswith("xapp-"):
            raise ValueError("an app-level token begins with xapp-, and this one does not")
        return token

    @field_validator("hub_encryption_key")
    @classmethod
    def _keys_are_whole(cls, keys: SecretStr) -> SecretStr:
        for place, key in enumerate(secrets_in(keys.get_secret_value()), start=1):
            if not re.fullmatch(rf"[0-9a-fA-F]{{{2 * KEY_BYTES}}}", key):
                raise ValueError(
                    f"key {place} is not {2 * KEY_BYTES} hexadecimal digits: `openssl rand -hex 32` makes one"
                )
        return keys

    @field_validator("slack_triage_channel")
    @classmethod
    def _channel_is_an_id(cls, channel: str) -> str:
        if channel and not re.fullmatch(r"[CG][A-Z0-9]+", channel):
            raise ValueError("it wants the channel's id, such as C0123456789: at the foot of its details in Slack")
        return channel

    @field_validator("notion_database_id")
    @classmethod
    def _id_is_taken_out_of_an_address(cls, given: str) -> str:
        """People copy what their browser shows: `https://www.notion.so/acme/Feedback-32digits?v=…`."""
        path = urlsplit(given).path
        found = re.search(NOTION_ID + r"$", path)
        if given and not found:
            raise ValueError("it is neither a database's id of 32 hexadecimal digits nor its address in Notion")
        return found[0] if found else ""

    @field_validator("aws_secret_access_key")
    @classmethod
    def _keys_of_aws_are_two(cls, key: SecretStr, given: ValidationInfo) -> SecretStr:
        other = given.data.get("aws_access_key_id", NO_SECRET)
        if given.data.get("s3_bucket") and bool(key.get_secret_value()) != bool(other.get_secret_value()):
            raise ValueError("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY go together: set both, or neither")
        return key

    @field_validator("request_seconds")
    @classmethod
    def _leases_cover_requests(cls, seconds: float, given: ValidationInfo) -> float:
        if given.data.get("lease_seconds", math.inf) <= seconds:
            raise ValueError("it has to be less than LEASE_SECONDS, so that a send fits into a lease")
        return seconds


def _is_development(given: ValidationInfo) -> bool:
    return given.data.get("hub_env") == "development"


def load_settings() -> Settings:
    """Read the environment and `.env`; SettingsError lists everything that is wrong."""
    try:
        return Settings()  # type: ignore[call-arg]  # the environment gives them
    except ValidationError as error:
        raise SettingsError(complaints(error)) from None


def complaints(error: ValidationError) -> str:
    """What is wrong, a line each, and never a value."""
    lines = [f"  {_named(each)}{_sentence(each)}" for each in error.errors(include_input=False)]
    return "These settings are missing or wrong:\n" + "\n".join(lines)


def _named(error: object) -> str:
    place = error["loc"] if isinstance(error, dict) else ()
    return f"{str(place[0]).upper()}: " if place else ""


def _sentence(error: object) -> str:
    kind = error["type"] if isinstance(error, dict) else ""
    if kind == "missing":
        return "is not set. `make run` sets it for you; in production give it as an environment variable."
    said = str(error["msg"] if isinstance(error, dict) else error)
    return said.removeprefix("Value error, ").rstrip(".") + "."
