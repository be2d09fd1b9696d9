"""require(): who may use the backoffice."""

from sqlalchemy.ext.asyncio import AsyncSession

from hub.errors import NotAnAgent
from hub.timeline import Actor, agent
from storage import agents


async def require(session: AsyncSession, agent_id: str) -> Actor:
    """The actor for `agent_id` (`team:user`), or NotAnAgent. Reads our own table only: nothing waits for Slack."""
    row = await agents.find(session, agent_id)
    if row is None or not row.is_active:
        raise NotAnAgent(
            "Only support agents can do this. Agents are the members of the triage channel "
            "(or of the configured user group); ask one of them to add you."
        )
    return agent(row.id)
