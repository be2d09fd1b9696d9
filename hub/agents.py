"""require(): who may use the backoffice."""

from sqlalchemy.ext.asyncio import AsyncSession

from hub.errors import NotAnAgent
from hub.timeline import Actor, agent
from storage import agents


async def require(session: AsyncSession, agent_id: str) -> Actor:
    """The actor for `agent_id` (`team:user`), or NotAnAgent. Reads our own table only: nothing waits for Slack.

    Nobody is one while Slack could not be asked for longer than `agents.BELIEVED`: they may have left meanwhile.
    """
    standing = await agents.standing(session, agent_id)
    if standing is None or not standing.is_active:
        raise NotAnAgent(
            "Only support agents can do this. Agents are the members of the triage channel "
            "(or of the configured user group); ask one of them to add you."
        )
    if not standing.holds:
        raise NotAnAgent(
            "Who the agents are was last read from Slack more than 15 minutes ago, so nobody is let in until it is "
            "read again. Whoever runs the hub sees whether a worker runs, and why not among the dead letters."
        )
    return agent(agent_id)
