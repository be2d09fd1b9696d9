"""What `python -m bot check` tries in Slack: the token, its scopes, the triage channel, the agents, the way in."""

from collections.abc import Sequence
from functools import partial
from typing import Protocol

from pydantic import SecretStr

from hub.wording import listed
from platforms.checking import Finding, Probe, note, ok, wrong
from platforms.errors import Refused
from platforms.slack import directory
from platforms.slack.client import SlackClient

SCOPES = frozenset(
    {
        "app_mentions:read",
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "files:read",
        "groups:history",
        "groups:read",
        "im:history",
        "im:write",
        "metadata.message:read",
        "reactions:read",
        "usergroups:read",
        "users:read",
        "users:read.email",
    }
)
"""Those of manifest.json, which is not everywhere where the hub runs; a test compares them."""


class Given(Protocol):
    """What of the settings is tried."""

    @property
    def slack_app_token(self) -> SecretStr: ...
    @property
    def slack_signing_secret(self) -> SecretStr: ...
    @property
    def slack_triage_channel(self) -> str: ...
    @property
    def slack_agents(self) -> str: ...


def probes(client: SlackClient, given: Given) -> Sequence[Probe]:
    return [
        partial(_token, client),
        partial(_channel, client, given.slack_triage_channel),
        partial(_agents, client, given),
        partial(_way_in, client, given),
    ]


async def _token(client: SlackClient) -> list[Finding]:
    who, scopes = await client.granted()
    named = f"The bot token is that of {who.get('user')} in the workspace {who.get('team')}."
    if not who.get("bot_id"):
        return [wrong(f"{named} That is a person: SLACK_BOT_TOKEN has to be the app's bot token, xoxb-….")]
    return [ok(named), _scopes(scopes)]


def _scopes(granted: frozenset[str] | None) -> Finding:
    if granted is None:
        return note("Slack does not say which scopes the token has.")
    missing = sorted(SCOPES - granted)
    if not missing:
        return ok("It has every scope that manifest.json asks for.")
    scopes = f"the scope {missing[0]}" if len(missing) == 1 else f"the scopes {listed(missing)}"
    return wrong(f"It lacks {scopes}: give the app manifest.json anew and install it again.")


async def _channel(client: SlackClient, triage_channel: str) -> list[Finding]:
    if not triage_channel:
        return [wrong("There is no triage channel, so no cards: set SLACK_TRIAGE_CHANNEL to a channel's id.")]
    try:
        found = await client.channel(triage_channel)
    except Refused as refused:
        if refused.code != "channel_not_found":
            raise
        return [wrong(f"The app sees no channel {triage_channel}: invite it there, or look at SLACK_TRIAGE_CHANNEL.")]
    name = f"The triage channel {triage_channel} (#{found.get('name')})"
    if found.get("is_archived"):
        return [wrong(f"{name} is archived: unarchive it, or set SLACK_TRIAGE_CHANNEL to another.")]
    if not found.get("is_member"):
        return [wrong(f"{name} is there, but the app is not in it: invite it.")]
    return [ok(f"{name} is there, and the app is in it.")]


async def _agents(client: SlackClient, given: Given) -> list[Finding]:
    where = f"the user group {given.slack_agents}" if given.slack_agents else "the triage channel"
    channel = given.slack_triage_channel
    people = await directory.agents(client, agents_group=given.slack_agents, triage_channel=channel)
    if not people:
        return [wrong(f"Nobody is an agent: there is no person in {where}.")]
    count = "One person is an agent" if len(people) == 1 else f"{len(people)} people are agents"
    return [ok(f"{count}, by {where}.")]


async def _way_in(client: SlackClient, given: Given) -> list[Finding]:
    """Slack signs or we connect. Nobody can try a signing secret but Slack."""
    app_token = given.slack_app_token.get_secret_value()
    findings = [note("Slack has to reach the bot at /slack/events; with SLACK_APP_TOKEN it need not (Socket Mode).")]
    if app_token:
        await client.open_socket(app_token)
        findings = [ok("The app token opens sockets: the bot connects to Slack by itself (Socket Mode).")]
    if given.slack_signing_secret.get_secret_value():
        findings.append(ok("There is a signing secret; whether it is the right one shows with the first delivery."))
    return findings
