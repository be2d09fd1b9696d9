"""The switches: what each does to a request of the hub or to a delivery, and when it ends."""

import asyncio

import aiohttp
import pytest

TOKENS = {
    "slack": "xoxb-test",
    "intercom": "intercom-token",
    "whatsapp": "whatsapp-token",
    "notion": "notion-key",
    "openai": "sk-test",
}
ASKED = {
    "intercom": ("GET", "/intercom/contacts/1"),
    "whatsapp": ("GET", "/whatsapp/v25.0/1"),
    "notion": ("GET", "/notion/v1/users/me"),
    "openai": ("GET", "/openai/v1/models"),
}
ME = "/notion/v1/users/me"


async def ask(outside, platform, method=None, path=None, body=None):
    known = ASKED[platform]
    headers = {"Authorization": f"Bearer {TOKENS[platform]}", "Notion_Version": "2025-09-03"}
    return await outside.ask(method or known[0], path or known[1], body, **headers)


async def switch(outside, platform, mode, **more):
    return await outside.control("POST", "/faults", {"platform": platform, "mode": mode, **more})


@pytest.mark.parametrize(
    ("platform", "code"),
    [
        ("intercom", lambda answer: answer["errors"][0]["code"] == "rate_limit_exceeded"),
        ("whatsapp", lambda answer: answer["error"]["code"] == 130429),
        ("notion", lambda answer: (answer["code"], answer["status"]) == ("rate_limited", 429)),
        ("openai", lambda answer: answer["error"]["code"] == "rate_limit_exceeded"),
    ],
)
async def test_429_is_the_platforms_own_with_retry_after_only_when_given(outside, platform, code):
    await switch(outside, platform, "429", retry_after=7)
    status, answer, headers = await ask(outside, platform)
    assert (status, headers["Retry-After"]) == (429, "7")
    assert code(answer)
    await switch(outside, platform, 429)
    status, _, headers = await ask(outside, platform)
    assert status == 429
    assert "Retry-After" not in headers
    logged = await outside.sent(platform)
    assert [(one["status"], one["fault"]) for one in logged] == [(429, "429"), (429, "429")]


async def test_slack_has_a_429_of_its_own_too(outside):
    await switch(outside, "slack", "429", retry_after=3)
    status, answer, headers = await outside.ask("POST", "/slack/api/auth.test", Authorization="Bearer xoxb-test")
    assert (status, headers["Retry-After"]) == (429, "3")
    assert answer["error"] == "ratelimited"


@pytest.mark.parametrize("platform", ["intercom", "whatsapp", "notion", "openai"])
async def test_500_is_the_platforms_own(outside, platform):
    await switch(outside, platform, "500")
    status, answer, _ = await ask(outside, platform)
    assert status == 500
    assert isinstance(answer, dict)


@pytest.mark.parametrize(
    ("platform", "code", "status", "said"),
    [
        ("intercom", "api_plan_restricted", 403, lambda answer: answer["errors"][0]["code"]),
        ("whatsapp", 131026, 400, lambda answer: str(answer["error"]["code"])),
        ("notion", "restricted_resource", 403, lambda answer: answer["code"]),
        ("openai", "credit_balance_exhausted", 429, lambda answer: answer["error"]["code"]),
    ],
)
async def test_a_refusal_is_the_platforms_own_with_the_code_that_was_asked_for(outside, platform, code, status, said):
    await switch(outside, platform, "refuse", code=code, status=status, times=1)
    answered, answer, _ = await ask(outside, platform)
    assert (answered, said(answer)) == (status, str(code))
    assert (await ask(outside, platform))[1] != answer
    assert [one["fault"] for one in (await outside.control("GET", f"/sent?platform={platform}&faulty"))["data"]] == [
        "refuse"
    ]


async def test_slack_refuses_with_status_200(outside):
    await switch(outside, "slack", "refuse", code="is_archived")
    status, answer, _ = await outside.ask("POST", "/slack/api/auth.test", Authorization="Bearer xoxb-test")
    assert (status, answer) == (200, {"ok": False, "error": "is_archived"})


async def test_a_switch_with_times_uses_itself_up(outside):
    await switch(outside, "notion", "500", times=2)
    statuses = [(await ask(outside, "notion"))[0] for _ in range(3)]
    assert statuses == [500, 500, 200]
    assert (await outside.control("GET", "/faults"))["data"] == []


async def test_a_switch_with_a_path_leaves_other_paths_alone(outside):
    await switch(outside, "notion", "500", path="/databases/")
    assert (await ask(outside, "notion"))[0] == 200
    assert (await ask(outside, "notion", path="/notion/v1/databases/1"))[0] == 500


async def test_the_log_can_be_asked_for_what_met_a_switch(outside):
    await switch(outside, "notion", "500", times=1)
    for _ in range(3):
        await outside.ask("GET", "/notion/v1/users/me")
    assert [one["fault"] for one in (await outside.control("GET", "/sent?platform=notion&faulty"))["data"]] == ["500"]


async def test_off_clears_the_platform_and_no_other(outside):
    await switch(outside, "notion", "500")
    await switch(outside, "openai", "500")
    await switch(outside, "notion", "off")
    assert (await ask(outside, "notion"))[0] == 200
    assert (await ask(outside, "openai"))[0] == 500


async def test_timeout_holds_the_request_and_does_nothing(outside):
    contact = await _conversation(outside)
    await switch(outside, "intercom", "timeout", times=1)
    path = f"/intercom/conversations/{contact}/reply"
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await ask(outside, "intercom", "POST", path, _reply("lost"))
    assert await _replies(outside) == []
    assert [(one["status"], one["fault"]) for one in await outside.sent("intercom")] == [(0, "timeout")]
    assert (await ask(outside, "intercom", "POST", path, _reply("kept")))[0] == 200


async def test_reset_after_does_the_work_and_loses_the_answer(outside):
    contact = await _conversation(outside)
    await switch(outside, "intercom", "reset_after", times=1)
    with pytest.raises(aiohttp.ClientError):
        await ask(outside, "intercom", "POST", f"/intercom/conversations/{contact}/reply", _reply("done"))
    assert await _replies(outside) == ["done"]
    assert [(one["status"], one["fault"]) for one in await outside.sent("intercom")] == [(200, "reset_after")]


async def test_bad_json_does_the_work_and_garbles_the_answer(outside):
    contact = await _conversation(outside)
    await switch(outside, "intercom", "bad_json", times=1)
    url = f"{outside.url}/intercom/conversations/{contact}/reply"
    headers = {"Authorization": "Bearer intercom-token"}
    async with outside.session.post(url, json=_reply("done"), headers=headers) as answer:
        assert answer.status == 200
        with pytest.raises(ValueError):
            await answer.json()
    assert await _replies(outside) == ["done"]


async def test_duplicate_delivers_the_same_bytes_twice(outside, hub):
    await switch(outside, "intercom", "duplicate", times=1)
    await _conversation(outside)
    await _conversation(outside)
    first, second, third = hub.received
    assert first.body == second.body
    assert first.body != third.body
    assert first.headers["x-hub-signature"] == second.headers["x-hub-signature"]


async def test_drop_delivers_nothing_and_says_so(outside, hub):
    await switch(outside, "intercom", "drop", times=1)
    answer = await outside.control("POST", "/report", {"channel": "intercom", "from": "ana", "text": "lost"})
    assert answer["status"] == 0
    assert answer["external_id"].startswith("abc123def:")
    assert hub.received == []


async def test_reorder_sends_a_delivery_after_the_next_one(outside, hub):
    await switch(outside, "intercom", "reorder", times=1)
    await outside.control("POST", "/report", {"channel": "intercom", "from": "ana", "text": "first"})
    assert hub.received == []
    await outside.control("POST", "/report", {"channel": "intercom", "from": "ana", "text": "second"})
    assert [b"second" in one.body for one in hub.received] == [True, False]


async def test_reorder_sends_the_last_one_all_the_same(outside, hub):
    await switch(outside, "intercom", "reorder")
    await _conversation(outside)
    assert len(await hub.until(1)) == 1


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"platform": "telegram", "mode": "500"}, "platform"),
        ({"platform": "slack", "mode": "418"}, "mode"),
        ({"platform": "slack"}, "mode"),
        ({"platform": "slack", "mode": ["500"]}, "mode"),
        ({"platform": "slack", "mode": "500", "times": 0}, "times"),
        ({"platform": "slack", "mode": "500", "times": True}, "times"),
        ({"platform": "slack", "mode": "429", "retry_after": -1}, "retry_after"),
        ({"platform": "slack", "mode": "500", "path": 7}, "path"),
        ({"platform": "slack", "mode": "refuse"}, "code"),
        ({"platform": "slack", "mode": "refuse", "code": ["x"]}, "code"),
        ({"platform": "whatsapp", "mode": "refuse", "code": "is_archived"}, "code"),
        ({"platform": "notion", "mode": "refuse", "code": "x", "status": 99}, "status"),
        ({"platform": "notion", "mode": "refuse", "code": "x", "status": True}, "status"),
        ([], "object"),
    ],
)
async def test_a_switch_that_does_not_exist_is_refused_in_a_sentence(outside, body, word):
    sentence = await outside.refused("POST", "/faults", body)
    assert word in sentence
    assert sentence.endswith(".")


async def _conversation(outside):
    answer = await outside.control("POST", "/report", {"channel": "intercom", "from": "ana", "text": "hello"})
    return answer["external_id"].split(":")[1]


async def _replies(outside):
    conversations = (await outside.control("GET", "/intercom/conversations"))["data"]
    return [message["text"] for one in conversations for message in one["messages"][1:]]


def _reply(text):
    return {"message_type": "comment", "type": "admin", "admin_id": "814860", "body": text}
