"""What the intake is measured against: a bare aiohttp handler, one prepared statement, nothing else.

It checks the same HMAC over the raw bytes and writes the rows that `intake` writes for a WhatsApp text message that
opens a ticket. It cannot read other messages, sees no burst, refuses a repeated delivery with an error, infers
nothing from the words (its constants are what the bench's texts come out as) and rings no bell.
Started by `python -m bench.reference DATABASE_URL PORT`.
"""

import asyncio
import hmac
import json
import signal
import sys
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
from aiohttp import web

from bench.deliveries import SECRET

POOL = 10
"""The intake's DATABASE_POOL by default; the pool and its settings are the intake's too."""
SERVER_SETTINGS = {"jit": "off", "statement_timeout": "15000", "lock_timeout": "10000"}
WRITE = """
WITH delivery AS (
  INSERT INTO webhook_deliveries (id, platform, content_type, body, status, read_at)
  VALUES ($1, 'whatsapp', $2, $3, 'read', now())
), met AS (
  INSERT INTO reporter_identities AS i (id, reporter_id, platform, platform_user_id, account_digest, display_name,
                                        last_message_at, metadata, burst_ticket_id, burst_at)
  VALUES ($4, $5, 'whatsapp', $6, sha256(convert_to($6, 'UTF8')), $7, $8, $9, $10, $8)
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
  VALUES ($11, $10, 'whatsapp', $12, 'report', $13, $14, $8)
), ticket AS (
  INSERT INTO tickets (id, reporter_id, identity_id, title, description, ticket_type, priority, original_channel,
                       language, reported_at)
  SELECT $10, reporter_id, id, $15, $15, 'bug', 2, 'whatsapp', 'en', $8 FROM met
), event AS (
  INSERT INTO ticket_events (ticket_id, event_type, actor_type, actor_id, data)
  SELECT $10, 'created', 'reporter', reporter_id::text, $16 FROM met
)
INSERT INTO jobs (kind, key, args, max_attempts) VALUES ('welcome', $17, $18, 8)
"""


class Reference:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        expected = "sha256=" + hmac.digest(SECRET.encode(), body, "sha256").hex()
        if not hmac.compare_digest(request.headers.get("X-Hub-Signature-256", ""), expected):
            return web.Response(status=401)
        row = _row(request.content_type, body)
        async with self.pool.acquire(timeout=5) as connection:
            await connection.fetchval(WRITE, *row)
        return web.Response(body=b'{"status": "ok"}', content_type="application/json")


def _row(content_type: str, body: bytes) -> tuple[object, ...]:
    value = json.loads(body)["entry"][0]["changes"][0]["value"]
    said, contact = value["messages"][0], value["contacts"][0]
    number = value["metadata"]["phone_number_id"]
    ticket_id, source_id = uuid4(), uuid4()
    return (
        uuid4(),
        content_type,
        body,
        uuid4(),
        uuid4(),
        f"{number}:{said['from']}",
        contact["profile"]["name"],
        datetime.fromtimestamp(int(said["timestamp"]), UTC),
        json.dumps({"phone": said["from"]}),
        ticket_id,
        source_id,
        said["id"],
        json.dumps({"phone_number_id": number}),
        json.dumps(said),
        said["text"]["body"],
        json.dumps({"channel": "whatsapp", "source_id": str(source_id)}),
        f"source:{source_id}",
        json.dumps({"subject": str(source_id)}),
    )


async def serve(database_url: str, port: int) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    pool = await asyncpg.create_pool(
        database_url,
        min_size=1,
        max_size=POOL,
        command_timeout=20,
        timeout=5,
        server_settings=SERVER_SETTINGS,
        reset=_leave_as_it_is,
    )
    reference = Reference(pool)
    app = web.Application()
    app.router.add_post("/webhooks/whatsapp", reference.receive)
    runner = web.AppRunner(app, access_log=None, keepalive_timeout=75)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    await stop.wait()
    await runner.cleanup()
    await pool.close()


async def _leave_as_it_is(_connection: asyncpg.Connection) -> None:
    """No statement is sent to reset a returned connection; asyncpg keeps the prepared one on it."""


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
