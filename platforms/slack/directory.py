"""Who people are in Slack, and who of them are agents."""

from hub.channel import Json, Profile
from platforms.errors import Refused
from platforms.slack.client import SlackClient
from platforms.slack.refusals import NAME


async def agents(client: SlackClient, *, agents_group: str, triage_channel: str) -> list[Profile]:
    """The people of the usergroup SLACK_AGENTS (id or handle); without one, of the triage channel.

    Bots, deactivated people, guests and people of other workspaces (Slack Connect) are left out.
    """
    team = str((await client.identity()).get("team_id"))
    members = await _members(client, agents_group, triage_channel)
    people = [await client.user(member) for member in dict.fromkeys(members)]
    return [_profile(team, person) for person in people if person is not None and _is_colleague(person, team)]


async def profile(client: SlackClient, account_id: str) -> Profile | None:
    """What Slack says of `team:user`; None for one it does not know."""
    team, _, user = account_id.rpartition(":")
    person = await client.user(user)
    return _profile(team, person) if person is not None else None


async def _members(client: SlackClient, agents_group: str, triage_channel: str) -> list[str]:
    if agents_group:
        return await client.usergroup_members(await _group_id(client, agents_group.lstrip("@")))
    return await client.channel_members(triage_channel) if triage_channel else []


async def _group_id(client: SlackClient, named: str) -> str:
    for group in await client.usergroups():
        if named in (group.get("id"), group.get("handle")):
            return str(group["id"])
    message = f"Slack has no user group {named}: set SLACK_AGENTS to a group's handle or id."
    raise Refused(message, platform=NAME, code="no_such_usergroup")


def _is_colleague(person: Json, team: str) -> bool:
    outside = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger")
    foreign = person.get("team_id", team) != team
    return person.get("id") != "USLACKBOT" and not foreign and not any(person.get(word) for word in outside)


def _profile(team: str, person: Json) -> Profile:
    """users.info: `email` is there only with users:read.email, and never for apps."""
    said = person.get("profile")
    details: Json = said if isinstance(said, dict) else {}
    name = details.get("real_name") or person.get("real_name") or details.get("display_name") or person.get("name")
    locale = person.get("locale")
    return Profile(
        account_id=f"{team}:{person.get('id')}",
        name=name or None,
        email=details.get("email") or None,
        phone=details.get("phone") or None,
        handle=person.get("name") or None,
        language=locale.split("-")[0] if isinstance(locale, str) and locale else None,
    )
