"""What a person does on the played Slack's screen, and the payloads the bot gets of it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.sandbox.slack_played import Played, actions, button, entry, modal, options, plain, played


@pytest.fixture
async def slack() -> AsyncIterator[Played]:
    async with played() as one:
        yield one


def opens(slack: Played, view: dict[str, Any]) -> None:
    """The bot opens `view` for whatever brings a trigger but no view of its own."""

    async def answer(payload: dict[str, Any]) -> None:
        if "trigger_id" in payload and "view" not in payload:
            opened = await slack.api("views.open", trigger_id=payload["trigger_id"], view=view)
            assert opened["ok"], opened

    slack.bot.answer = answer


async def opened(slack: Played, *blocks: dict[str, Any], **more: Any) -> str:
    """The id of a modal that Ana has open."""
    opens(slack, modal(*blocks, **more))
    shown = await slack.act("command", user="U0ANA", command="/feedback", text="")
    return shown["views"][-1]["id"]


def answers(slack: Played, body: Any) -> None:
    async def answer(_payload: dict[str, Any]) -> Any:
        return body

    slack.bot.answer = answer


async def test_a_command_is_a_signed_form(slack: Played) -> None:
    shown = await slack.act("command", user="U0RITA", command="/feedback", text="it broke")
    sent = slack.bot.received[0]
    assert shown["status"] == 200
    assert (sent["command"], sent["text"], sent["user_id"]) == ("/feedback", "it broke", "U0RITA")
    assert (sent["team_id"], sent["channel_id"]) == ("T0SANDBOX", "C0SUPPORT")
    assert sent["response_url"].startswith(f"{slack.url}/slack/response/")
    assert sent["trigger_id"].count(".") == 2


async def test_what_a_command_answers_is_shown_to_its_author(slack: Played) -> None:
    answers(slack, {"text": "Thanks"})
    shown = await slack.act("command", user="U0RITA", command="/feedback", text="x")
    assert shown["body"] == {"text": "Thanks"}
    message = (await slack.shown("messages", channel="C0SUPPORT"))[-1]
    assert (message["text"], message["ephemeral"], message["user"]) == ("Thanks", True, "U0RITA")


async def test_a_view_opened_after_the_answer_is_shown(slack: Played) -> None:
    tasks = []

    async def answer(payload: dict[str, Any]) -> None:
        async def later() -> None:
            await asyncio.sleep(0.01)
            view = (await slack.api("views.open", trigger_id=payload["trigger_id"], view=modal()))["view"]
            await asyncio.sleep(0.05)
            loaded = modal({"type": "header", "text": plain("Loaded")})
            await slack.api("views.update", view_id=view["id"], view=loaded)

        tasks.append(asyncio.create_task(later()))

    slack.bot.answer = answer
    shown = await slack.act("command", user="U0ANA", command="/tickets", text="")
    assert shown["views"][0]["blocks"][0]["text"]["text"] == "Loaded"


async def test_a_click_on_a_message_carries_message_channel_and_response_url(slack: Played) -> None:
    ts = await slack.post(blocks=[actions(button("ticket.take", value="7"), block_id="row")])
    shown = await slack.act("click", user="U0ANA", channel="C0TRIAGE", ts=ts, action_id="ticket.take")
    sent = slack.bot.last("block_actions")
    assert shown["status"] == 200
    assert sent["actions"][0] | {"action_ts": ""} == {
        "type": "button",
        "action_id": "ticket.take",
        "block_id": "row",
        "text": plain("Take"),
        "value": "7",
        "action_ts": "",
    }
    assert sent["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": "C0TRIAGE",
        "is_ephemeral": False,
    }
    assert sent["message"]["ts"] == ts
    assert sent["channel"] == {"id": "C0TRIAGE", "name": "feedback-triage"}
    assert sent["user"]["id"] == "U0ANA"
    assert sent["response_url"].startswith(slack.url)


async def test_what_is_not_drawn_cannot_be_clicked(slack: Played) -> None:
    ts = await slack.post(blocks=[actions(button("ticket.take"))])
    there = {"channel": "C0TRIAGE", "ts": ts}
    missing = await slack.act("click", 404, user="U0ANA", **there, action_id="ticket.gone")
    assert missing["error"].endswith(".")
    await slack.act("click", 404, user="U0RITA", **there, action_id="ticket.take")
    await slack.act("click", 404, user="U0ANA", channel="C0TRIAGE", ts="1.000001", action_id="ticket.take")
    await slack.act("click", 404, user="nobody", **there, action_id="ticket.take")
    await slack.act("click", 404, user="U0ANA", view_id="V404", action_id="ticket.take")
    assert slack.bot.received == []


async def test_of_several_buttons_the_value_says_which(slack: Played) -> None:
    rows = [actions(button("open", value=str(number)), block_id=f"row{number}") for number in (1, 2)]
    await slack.api("views.publish", user_id="U0ANA", view={"type": "home", "blocks": rows})
    await slack.act("click", user="U0ANA", action_id="open", value="2")
    sent = slack.bot.last("block_actions")
    assert sent["actions"][0]["block_id"] == "row2"
    assert sent["container"]["type"] == "view"
    assert "response_url" not in sent


async def test_a_select_sends_the_whole_option_and_the_state(slack: Played) -> None:
    status = {"type": "static_select", "action_id": "status", "options": options("open", "resolved")}
    ts = await slack.post(blocks=[actions(status, button("save"), block_id="row")])
    there = {"user": "U0ANA", "channel": "C0TRIAGE", "ts": ts}
    await slack.act("click", **there, action_id="status", value="resolved")
    chosen = slack.bot.last("block_actions")["actions"][0]
    assert chosen["selected_option"] == {"text": plain("Resolved"), "value": "resolved"}
    await slack.act("click", **there, action_id="save")
    state = slack.bot.last("block_actions")["state"]["values"]["row"]["status"]
    assert state["selected_option"]["value"] == "resolved"
    await slack.act("click", 404, **there, action_id="status", value="invented")


async def test_an_overflow_sends_the_chosen_option(slack: Played) -> None:
    more = {"type": "overflow", "action_id": "more", "options": options("group", "reopen")}
    ts = await slack.post(blocks=[actions(more)])
    await slack.act("click", user="U0ANA", channel="C0TRIAGE", ts=ts, action_id="more", value="reopen")
    assert slack.bot.last("block_actions")["actions"][0]["selected_option"]["value"] == "reopen"


async def test_a_submission_carries_every_input(slack: Played) -> None:
    view_id = await opened(
        slack,
        entry("title", element={"initial_value": "as it was"}),
        entry("kind", "static_select", element={"options": options("bug", "question")}),
        entry("tags", "multi_static_select", optional=True, element={"options": options("a", "b")}),
        entry("due", "datepicker", optional=True),
        entry("who", "users_select", optional=True),
        private_metadata="ticket 7",
        callback_id="edit",
    )
    answers(slack, None)
    values = {"kind": "bug", "tags": ["a", "b"], "due": "2026-12-01", "who": "U0BEN"}
    shown = await slack.act("submit", user="U0ANA", view_id=view_id, values=values)
    view = slack.bot.last("view_submission")["view"]
    state = {action: entered for block in view["state"]["values"].values() for action, entered in block.items()}
    assert (view["private_metadata"], view["callback_id"]) == ("ticket 7", "edit")
    assert state["title"] == {"type": "plain_text_input", "value": "as it was"}
    assert state["kind"]["selected_option"] == {"text": plain("Bug"), "value": "bug"}
    assert [option["value"] for option in state["tags"]["selected_options"]] == ["a", "b"]
    assert state["due"] == {"type": "datepicker", "selected_date": "2026-12-01"}
    assert state["who"] == {"type": "users_select", "selected_user": "U0BEN"}
    assert shown["views"] == []


async def test_slacks_client_refuses_what_an_input_does_not_take(slack: Played) -> None:
    view_id = await opened(
        slack,
        entry("title", element={"max_length": 5}),
        entry("mail", "email_text_input", optional=True),
        entry("count", "number_input", optional=True, element={"is_decimal_allowed": False, "max_value": "9"}),
    )
    tried = ({}, {"title": "too long"}, {"title": "x", "mail": "nope"}, {"title": "x", "count": "10"})
    there = {"user": "U0ANA", "view_id": view_id}
    refusals = [(await slack.act("submit", 400, **there, values=values))["error"] for values in tried]
    assert 'required field "title"' in refusals[0]
    assert "at most 5 characters" in refusals[1]
    assert "e-mail" in refusals[2]
    assert "9" in refusals[3]
    await slack.act("submit", 404, user="U0ANA", view_id=view_id, values={"gone": "x"})
    assert not [one for one in slack.bot.received if one.get("type") == "view_submission"]


async def test_a_file_given_to_an_input_is_uploaded(slack: Played) -> None:
    view_id = await opened(slack, entry("files", "file_input", element={"filetypes": ["txt"], "max_files": 1}))
    wrong = [{"name": "a.exe", "content": "x"}]
    await slack.act("submit", 400, user="U0ANA", view_id=view_id, values={"files": wrong})
    right = [{"name": "a.txt", "content": "hello"}]
    await slack.act("submit", user="U0ANA", view_id=view_id, values={"files": right})
    state = slack.bot.last("view_submission")["view"]["state"]["values"]["files_block"]["files"]
    assert state["files"][0]["name"] == "a.txt"
    async with slack.session.get(
        state["files"][0]["url_private"], headers={"Authorization": "Bearer xoxb-for-tests"}
    ) as answer:
        assert await answer.text() == "hello"


async def test_field_errors_keep_the_view_open(slack: Played) -> None:
    view_id = await opened(slack, entry("title"))
    answers(slack, {"response_action": "errors", "errors": {"title_block": "Too short."}})
    shown = await slack.act("submit", user="U0ANA", view_id=view_id, values={"title": "x"})
    assert shown["body"]["errors"] == {"title_block": "Too short."}
    assert [view["id"] for view in shown["views"]] == [view_id]
    assert "error" not in shown
    answers(slack, {"response_action": "errors", "errors": {"nowhere": "Too short."}})
    shown = await slack.act("submit", user="U0ANA", view_id=view_id, values={"title": "x"})
    assert "nowhere" in shown["error"]


async def test_an_answer_updates_pushes_or_clears(slack: Played) -> None:
    view_id = await opened(slack, entry("title"))
    submit = {"user": "U0ANA", "view_id": view_id, "values": {"title": "x"}}
    answers(slack, {"response_action": "update", "view": modal(entry("title"), callback_id="two")})
    shown = await slack.act("submit", **submit)
    assert [view["callback_id"] for view in shown["views"]] == ["two"]
    answers(slack, {"response_action": "push", "view": modal(entry("title"), callback_id="three")})
    shown = await slack.act("submit", **submit)
    assert [view["callback_id"] for view in shown["views"]] == ["two", "three"]
    await slack.act("submit", 404, **submit)
    answers(slack, {"response_action": "clear"})
    shown = await slack.act("submit", **submit | {"view_id": shown["views"][-1]["id"]})
    assert shown["views"] == []


async def test_an_answer_slack_cannot_draw_leaves_the_view_and_says_so(slack: Played) -> None:
    view_id = await opened(slack, entry("title"))
    answers(slack, {"response_action": "update", "view": modal({"type": "dashboard"})})
    shown = await slack.act("submit", user="U0ANA", view_id=view_id, values={"title": "x"})
    assert "unsupported type: dashboard" in shown["error"]
    answers(slack, 500)
    shown = await slack.act("submit", user="U0ANA", view_id=view_id, values={"title": "x"})
    assert shown["status"] == 500
    assert shown["error"].startswith("We had some trouble")
    assert [view["id"] for view in shown["views"]] == [view_id]


async def test_a_click_in_a_view_carries_what_was_typed(slack: Played) -> None:
    view_id = await opened(
        slack, entry("kind", "static_select", element={"options": options("bug")}), actions(button("preview"))
    )
    there = {"user": "U0ANA", "view_id": view_id}
    typed = await slack.act("click", **there, action_id="kind", value="bug")
    assert "submitted" in typed["body"]["note"]
    await slack.act("click", **there, action_id="preview")
    sent = slack.bot.last("block_actions")
    assert sent["view"]["state"]["values"]["kind_block"]["kind"]["selected_option"]["value"] == "bug"
    assert len([one for one in slack.bot.received if one.get("type") == "block_actions"]) == 1


async def test_who_asked_is_told_that_a_view_was_closed(slack: Played) -> None:
    view_id = await opened(slack, notify_on_close=True)
    shown = await slack.act("close", user="U0ANA", view_id=view_id)
    assert shown["views"] == []
    assert slack.bot.last("view_closed")["is_cleared"] is False
    quiet = await opened(slack)
    await slack.act("close", user="U0ANA", view_id=quiet)
    assert len([one for one in slack.bot.received if one.get("type") == "view_closed"]) == 1


async def test_an_external_select_asks_the_bot(slack: Played) -> None:
    view_id = await opened(slack, entry("ticket", "external_select"))
    answers(slack, {"options": options("142")})
    there = {"user": "U0ANA", "view_id": view_id, "action_id": "ticket"}
    shown = await slack.act("suggest", **there, query="14")
    sent = slack.bot.last("block_suggestion")
    assert (sent["value"], sent["action_id"], sent["view"]["id"]) == ("14", "ticket", view_id)
    assert shown["body"]["options"][0]["value"] == "142"
    await slack.act("submit", 404, user="U0ANA", view_id=view_id, values={"ticket": "143"})
    answers(slack, None)
    shown = await slack.act("submit", user="U0ANA", view_id=view_id, values={"ticket": "142"})
    state = slack.bot.last("view_submission")["view"]["state"]["values"]["ticket_block"]["ticket"]
    assert state["selected_option"]["value"] == "142"


async def test_shortcuts_with_and_without_a_message(slack: Played) -> None:
    await slack.slack.report({"channel": "slack", "from": "U0RITA", "text": "broken", "in": "C0SUPPORT"})
    ts = (await slack.shown("messages", channel="C0SUPPORT"))[-1]["ts"]
    await slack.act("shortcut", user="U0ANA", callback_id="report", channel="C0SUPPORT", ts=ts)
    on_message = slack.bot.last("message_action")
    assert (on_message["callback_id"], on_message["message_ts"]) == ("report", ts)
    assert on_message["message"]["user"] == "U0RITA"
    assert "response_url" in on_message
    await slack.act("shortcut", user="U0ANA", callback_id="new_ticket")
    everywhere = slack.bot.last("shortcut")
    assert "channel" not in everywhere
    assert "response_url" not in everywhere
    assert everywhere["trigger_id"]


async def test_opening_home_is_an_event_and_shows_what_is_published(slack: Played) -> None:
    async def answer(payload: dict[str, Any]) -> None:
        user = payload["event"]["user"]
        await slack.api("views.publish", user_id=user, view={"type": "home", "blocks": [{"type": "divider"}]})

    slack.bot.answer = answer
    shown = await slack.act("home", user="U0ANA")
    event = slack.bot.events()[0]
    assert (event["type"], event["tab"], event["channel"]) == ("app_home_opened", "home", "D0ANA")
    assert "view" not in event
    assert shown["home"]["blocks"][0]["type"] == "divider"
    await slack.act("home", user="U0ANA")
    assert slack.bot.events()[1]["view"]["id"] == shown["home"]["id"]


async def test_a_reaction_is_an_event(slack: Played) -> None:
    ts = await slack.post()
    await slack.act("react", user="U0ANA", channel="C0TRIAGE", ts=ts, name="ticket")
    event = slack.bot.events()[0]
    assert (event["reaction"], event["item_user"]) == ("ticket", "U0HUB")
    assert event["item"] == {"type": "message", "channel": "C0TRIAGE", "ts": ts}
    await slack.act("react", 400, user="U0ANA", channel="C0TRIAGE", ts=ts, name="ticket")


async def test_an_ephemeral_can_be_clicked_and_replaced_by_its_reader(slack: Played) -> None:
    blocks = [actions(button("ok"))]
    hidden = await slack.api("chat.postEphemeral", channel="C0TRIAGE", user="U0ANA", text="psst", blocks=blocks)
    there = {"channel": "C0TRIAGE", "ts": hidden["message_ts"], "action_id": "ok"}
    await slack.act("click", 404, user="U0BEN", **there)
    await slack.act("click", user="U0ANA", **there)
    sent = slack.bot.last("block_actions")
    assert sent["container"]["is_ephemeral"] is True
    assert "message" not in sent
    async with slack.session.post(sent["response_url"], json={"replace_original": True, "text": "done"}) as answer:
        assert answer.status == 200
    shown = (await slack.shown("messages", channel="C0TRIAGE"))[-1]
    assert (shown["text"], shown["blocks"], shown["ephemeral"]) == ("done", [], True)
    async with slack.session.post(sent["response_url"], json={"delete_original": True}) as answer:
        assert answer.status == 200
    assert await slack.shown("messages", channel="C0TRIAGE") == []


async def test_a_response_url_answers_five_times(slack: Played) -> None:
    await slack.act("command", user="U0ANA", command="/tickets", text="")
    address = slack.bot.received[0]["response_url"]
    statuses = []
    for number in range(6):
        kind = "in_channel" if number == 0 else "ephemeral"
        async with slack.session.post(address, json={"text": f"{number}", "response_type": kind}) as answer:
            statuses.append(answer.status)
    assert statuses == [200] * 5 + [404]
    shown = await slack.shown("messages", channel="C0TRIAGE")
    assert [message["ephemeral"] for message in shown] == [False, True, True, True, True]
    async with slack.session.post(f"{slack.url}/slack/response/none", json={"text": "x"}) as answer:
        assert answer.status == 404


async def test_a_response_url_expires_and_refuses_bad_blocks(slack: Played) -> None:
    await slack.act("command", user="U0ANA", command="/tickets", text="")
    address = slack.bot.received[0]["response_url"]
    async with slack.session.post(address, json={"blocks": [{"type": "dashboard"}]}) as answer:
        assert (answer.status, (await answer.json())["error"]) == (400, "invalid_blocks")
    for kept in slack.slack.workspace.response_urls.values():
        kept.born -= 30 * 60 + 1
    async with slack.session.post(address, json={"text": "late"}) as answer:
        assert (answer.status, (await answer.json())["error"]) == (404, "expired_url")


async def test_a_control_request_that_makes_no_sense_says_why(slack: Played) -> None:
    assert "slash" in (await slack.act("command", 400, user="U0ANA", command="tickets"))["error"]
    assert "callback_id" in (await slack.act("shortcut", 400, user="U0ANA"))["error"]
    assert "Nobody" in (await slack.act("home", 404, user="U404"))["error"]


async def test_a_click_on_what_was_drawn_before_is_sent_as_it_was_pressed(slack):
    ts = await slack.post(blocks=[actions(button("take", value="1"), block_id="old")])
    await slack.api(
        "chat.update", channel="C0TRIAGE", ts=ts, text="x", blocks=[actions(button("drop"), block_id="new")]
    )
    place = {"user": "U0ANA", "channel": "C0TRIAGE", "ts": ts, "action_id": "take"}
    await slack.act("click", **place, block_id="old")
    assert slack.bot.last("block_actions")["actions"][0]["value"] == "1"
    await slack.act("click", 404, **place)
