"""Made-up events, in development only: customers who write, and what Notion would have said of a ticket."""

from typing import Any, Literal

from aiohttp import web

from hub import tracking
from intake.api.door import StrictBody, body_of, data, id_of, runtime_of, settled
from intake.api.tickets import shown
from platforms.simulator import Told
from storage.enums import TicketStatus

routes = web.RouteTableDef()


class NewReport(StrictBody):
    channel: Literal["slack", "intercom", "whatsapp"]
    pii: bool = False


class NewIncident(StrictBody):
    """Nothing can be chosen."""


class NewStatus(StrictBody):
    status: TicketStatus


@routes.post("/api/ticket_groups/simulate_ticket")
async def ticket(request: web.Request) -> web.Response:
    """Somebody reports something on a channel, through that channel's own webhook: the ticket follows."""
    body = await body_of(request, NewReport)
    told = await runtime_of(request).simulator.report(body.channel, pii=body.pii)
    return data(made(told), status=202)


@routes.post("/api/ticket_groups/simulate_incident")
async def incident(request: web.Request) -> web.Response:
    """Eight people report one problem, on all channels and through their own webhooks: eight tickets follow."""
    await body_of(request, NewIncident)
    told = await runtime_of(request).simulator.incident()
    return data({"reports": [made(one) for one in told]}, status=202)


@routes.post("/api/tickets/{id}/simulate_status")
async def status(request: web.Request) -> web.Response:
    body = await body_of(request, NewStatus)
    async with runtime_of(request).db.transaction() as session:
        ticket = await tracking.pretend(session, id_of(request), body.status)
        await settled(session, ticket)
        return data(shown(ticket))


def made(told: Told) -> dict[str, Any]:
    return {"channel": told.channel, "name": told.name, "text": told.text, "pii": told.pii, "status": told.status}
