"""views.* of the played Web API."""

from typing import Any

from sandbox.slack.blocks import view_faults, view_is_too_large
from sandbox.slack.call import Call, Method
from sandbox.slack.refusal import Json, Refusal
from sandbox.slack.workspace import View, Workspace, named


def views_open(call: Call) -> Json:
    drawn = checked(call.workspace, _given(call), "modal")
    trigger = call.workspace.exchange(call.args.need("trigger_id"))
    return {"view": call.workspace.open_view(trigger.user, drawn).shown()}


def views_push(call: Call) -> Json:
    drawn = checked(call.workspace, _given(call), "modal")
    trigger = call.workspace.exchange(call.args.need("trigger_id"))
    return {"view": call.workspace.push_view(trigger.user, drawn).shown()}


def views_update(call: Call) -> Json:
    view = _wanted(call)
    if view is None or view.is_home:
        raise Refusal("not_found")
    _compare(call, view)
    drawn = checked(call.workspace, _given(call), "modal", instead_of=view)
    return {"view": call.workspace.redraw(view, drawn).shown()}


def views_publish(call: Call) -> Json:
    user = call.user("user_id")
    if user.is_bot:
        raise Refusal("user_not_found")
    home = call.workspace.homes.get(user.id)
    _compare(call, home)
    drawn = checked(call.workspace, _given(call), "home", instead_of=home)
    return {"view": call.workspace.publish(user.id, drawn).shown()}


def checked(workspace: Workspace, view: Any, surface: str, *, instead_of: View | None = None) -> Json:
    """The view as Slack would draw it, every block and element named; invalid_arguments says what it refuses."""
    faults = view_faults(view)
    if not faults and view["type"] != surface:
        faults = [f"must be one of: {surface} [json-pointer:/view/type]"]
    if faults:
        raise Refusal("invalid_arguments", *faults)
    if view_is_too_large(view):
        raise Refusal("view_too_large")
    namesake = workspace.view_called(view.get("external_id"))
    if namesake is not None and namesake is not instead_of:
        raise Refusal("duplicate_external_id")
    return {**view, "blocks": named(view["blocks"])}


def _given(call: Call) -> Any:
    view = call.args.structure("view")
    if view is None:
        raise Refusal("invalid_arguments", "missing required field: view")
    return view


def _wanted(call: Call) -> View | None:
    view_id, external_id = call.args.text("view_id"), call.args.text("external_id")
    if not view_id and not external_id:
        raise Refusal("invalid_arguments", "missing required field: view_id or external_id")
    return call.workspace.view(view_id) if view_id else call.workspace.view_called(external_id)


def _compare(call: Call, view: View | None) -> None:
    """docs.slack.dev, "Modals", handling race conditions: a hash that is not the present one is refused."""
    given = call.args.text("hash")
    if given and view is not None and given != view.hash:
        raise Refusal("hash_conflict")


METHODS: dict[str, Method] = {
    "views.open": views_open,
    "views.push": views_push,
    "views.update": views_update,
    "views.publish": views_publish,
}
