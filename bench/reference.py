"""What arrivals are measured against: a bare aiohttp handler, one prepared statement, nothing else.

It checks the same HMAC over the raw bytes and writes the rows that `intake` (for Slack `bot`) writes for a message
that opens a ticket. It cannot read other messages, sees no burst, refuses a repeated delivery with an error, infers
nothing from the words (its constants are what the bench's texts come out as) and rings no bell.
Started by `python -m bench.reference DATABASE_URL PORT`.
"""

import asyncio
import hmac
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import uuid4

import asyncpg
from aiohttp import web

from bench import bare
from bench.deliveries import CHANNELS, SECRET

POOL = 10
"""The intake's DATABASE_POOL by default; the pool and its settings are the intake's too."""
SERVER_SETTINGS = {"jit": "off", "statement_timeout": "15000", "lock_timeout": "10000"}
WRITE = """
WITH delivery AS (
  INSERT INTO webhook_deliveries (id, platform, content_type, body, status, read_at)
  VALUES ($1, $19::text, $2, $3, 'read', now())
), met AS (
  INSERT INTO reporter_identities AS i (id, reporter_id, platform, platform_user_id, account_digest, display_name,
                                        last_message_at, metadata, burst_ticket_id, burst_at)
  VALUES ($4, $5, $19, $6, sha256(convert_to($6, 'UTF8')), $7, $8, $9,
          CASE WHEN $20::boolean THEN $10::uuid END, CASE WHEN $20 THEN $8::timestamptz END)
  ON CONFLICT (platform, account_digest) DO UPDATE SET
    last_message_at = greatest(i.last_message_at, excluded.last_message_at),
    display_name = excluded.display_name,
    metadata = i.metadata || excluded.metadata,
    burst_ticket_id = excluded.burst_ticket_id,
    burst_at = greatest(i.burst_at, excluded.burst_at)
  RETURNING id, reporter_id
), person AS (
  INSERT INTO reporters (id, name) SELECT reporter_id, $7 FROM met WHERE reporter_id = $5
), source AS (
  INSERT INTO ticket_sources (id, ticket_id, platform, external_id, kind, place, raw_payload, sent_at)
  VALUES ($11, $10, $19, $12, 'report', $13, $14, $8)
), ticket AS (
  INSERT INTO tickets (id, reporter_id, identity_id, title, description, ticket_type, priority, original_channel,
                       language, reported_at)
  SELECT $10, reporter_id, id, $15, $15, 'bug', 2, $19, 'en', $8 FROM met
), event AS (
  INSERT INTO ticket_events (ticket_id, event_type, actor_type, actor_id, data)
  SELECT $10, 'created', 'reporter', reporter_id::text, $16 FROM met
)
INSERT INTO jobs (kind, key, args, max_attempts) VALUES ('welcome', $17, $18, 8)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a delivery says."""

    external_id: str
    account_id: str
    name: str | None
    at: float
    text: str
    place: dict[str, str]
    raw: Any
    attributes: dict[str, str] = field(default_factory=dict)
    opens_burst: bool = False


def whatsapp(payload: Any) -> Said:
    value = payload["entry"][0]["changes"][0]["value"]
    said, number = value["messages"][0], value["metadata"]["phone_number_id"]
    return Said(
        external_id=said["id"],
        account_id=f"{number}:{said['from']}",
        name=value["contacts"][0]["profile"]["name"],
        at=int(said["timestamp"]),
        text=said["text"]["body"],
        place={"phone_number_id": number},
        raw=said,
        attributes={"phone": said["from"]},
        opens_burst=True,
    )


def slack(payload: Any) -> Said:
    said, team = payload["event"], payload["team_id"]
    return Said(
        external_id=f"{team}:{said['channel']}:{said['ts']}",
        account_id=f"{team}:{said['user']}",
        name=None,
        at=float(said["ts"]),
        text=said["text"],
        place={"channel": said["channel"], "ts": said["ts"]},
        raw=said,
    )


def intercom(payload: Any) -> Said:
    said, app = payload["data"]["item"], payload["app_id"]
    author = said["source"]["author"]
    return Said(
        external_id=f"{app}:{said['id']}",
        account_id=f"{app}:{author['id']}",
        name=author["name"],
        at=said["created_at"],
        text=said["source"]["body"].removeprefix("<p>").removesuffix("</p>"),
        place={"conversation_id": said["id"]},
        raw={key: value for key, value in said.items() if key != "conversation_parts"},
    )


def signed(header: str, prefix: str, algorithm: Literal["sha1", "sha256"]) -> Callable[[web.Request, bytes], bool]:
    def holds(request: web.Request, body: bytes) -> bool:
        expected = prefix + hmac.digest(SECRET.encode(), body, algorithm).hex()
        return hmac.compare_digest(request.headers.get(header, ""), expected)

    return holds


class Reference:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    def receive(
        self, channel: str, holds: Callable[[web.Request, bytes], bool], read: Callable[[Any], Said]
    ) -> web.RouteDef:
        async def receive(request: web.Request) -> web.Response:
            body = await request.read()
            if not holds(request, body):
                return web.Response(status=401)
            row = _row(channel, request.content_type, body, read(json.loads(body)))
            async with self.pool.acquire(timeout=5) as connection:
                await connection.fetchval(WRITE, *row)
            return web.Response(body=b'{"status": "ok"}', content_type="application/json")

        return web.post(CHANNELS[channel].path, receive)


def _row(channel: str, content_type: str, body: bytes, said: Said) -> tuple[object, ...]:
    ticket_id, source_id = uuid4(), uuid4()
    return (
        uuid4(),
        content_type,
        body,
        uuid4(),
        uuid4(),
        said.account_id,
        said.name,
        datetime.fromtimestamp(said.at, UTC),
        json.dumps(said.attributes),
        ticket_id,
        source_id,
        said.external_id,
        json.dumps(said.place),
        json.dumps(said.raw),
        said.text,
        json.dumps({"channel": channel, "source_id": str(source_id)}),
        f"source:{source_id}",
        json.dumps({"subject": str(source_id)}),
        channel,
        said.opens_burst,
    )


async def serve(database_url: str, port: int) -> None:
    pool = await asyncpg.create_pool(
        database_url,
        min_size=1,
        max_size=POOL,
        command_timeout=20,
        timeout=5,
        server_settings=SERVER_SETTINGS,
        reset=leave_as_it_is,
    )
    reference = Reference(pool)
    routes = [
        reference.receive("whatsapp", signed("X-Hub-Signature-256", "sha256=", "sha256"), whatsapp),
        reference.receive("intercom", signed("X-Hub-Signature", "sha1=", "sha1"), intercom),
        reference.receive("slack", bare.signed_by_slack, slack),
    ]
    await bare.serve(routes, port)
    await pool.close()


async def leave_as_it_is(_connection: asyncpg.Connection) -> None:
    """No statement is sent to reset a returned connection; asyncpg keeps the prepared one on it."""


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
