"""The stand-in model's answers, held against what OpenAI's reference says."""

import base64
import json
import math
import struct

import jsonschema
import pytest

from hub import pii
from hub.changelog import Language

KEY = {"Authorization": "Bearer sk-test"}
CHAT = "/openai/v1/chat/completions"
TRIAGE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["type", "priority", "summary"],
    "properties": {
        "type": {"type": "string", "enum": ["bug", "feature_request", "question", "incident"]},
        "priority": {"type": "integer", "enum": [0, 1, 2, 3, 4, 5]},
        "summary": {"type": "string", "maxLength": 300},
    },
}


def strict(schema, name="answer"):
    return {"type": "json_schema", "json_schema": {"name": name, "strict": True, "schema": schema}}


def request(text="The export fails", schema=None, **more):
    messages = [{"role": "developer", "content": "You triage bug reports."}, {"role": "user", "content": text}]
    body = {"model": "gpt-5.1", "messages": messages, "store": False}
    return body | ({"response_format": strict(schema)} if schema else {}) | more


async def ask(outside, *given, **more):
    status, answer, _ = await outside.ask("POST", CHAT, request(*given, **more), **KEY)
    assert status == 200, answer
    return answer


async def triage(outside, text):
    return json.loads((await ask(outside, text, TRIAGE))["choices"][0]["message"]["content"])


@pytest.mark.parametrize(
    ("header", "code"), [({}, None), ({"Authorization": "Bearer sk-wrong-and-secret"}, "invalid_api_key")]
)
async def test_a_wrong_key_is_refused_and_not_repeated(outside, header, code):
    status, answer, _ = await outside.ask("POST", CHAT, request(), **header)
    assert (status, answer["error"]["type"], answer["error"]["code"]) == (401, "invalid_request_error", code)
    assert "secret" not in answer["error"]["message"]


@pytest.mark.parametrize("model", ["gpt-99", "o3-mini", "gpt-4.1-nano"])
async def test_a_model_that_is_not_served_is_not_found(outside, model):
    status, answer, _ = await outside.ask("POST", CHAT, request(model=model), **KEY)
    assert (status, answer["error"]["code"]) == (404, "model_not_found")


async def test_a_model_can_be_retired(outside):
    await outside.control("POST", "/openai", {"retired": ["gpt-5.1"]})
    assert (await outside.ask("POST", CHAT, request(), **KEY))[0] == 404
    assert (await outside.ask("GET", "/openai/v1/models/gpt-5.1", **KEY))[0] == 404
    await outside.control("POST", "/openai", {"retired": []})
    await ask(outside)
    assert "retired" in await outside.refused("POST", "/openai", {"retired": "gpt-5.1"})


async def test_models_are_listed_with_their_shutdown_date(outside):
    _, answer, _ = await outside.ask("GET", "/openai/v1/models", **KEY)
    dates = {one["id"]: one["shutdown_date"] for one in answer["data"]}
    assert answer["object"] == "list"
    assert dates["gpt-5.1"] == "2027-04-01"
    assert dates["gpt-6-luna"] is None
    assert "text-embedding-3-small" in dates


async def test_an_answer_has_the_shape_of_a_completion_and_says_what_it_is(outside):
    answer = await ask(outside)
    (choice,) = answer["choices"]
    assert (answer["object"], answer["model"]) == ("chat.completion", "gpt-5.1")
    assert answer["system_fingerprint"] == "sandbox"
    assert (choice["index"], choice["finish_reason"]) == (0, "stop")
    assert choice["message"]["role"] == "assistant"
    assert choice["message"]["refusal"] is None
    assert choice["message"]["content"] == "The reporter writes about this: The export fails."
    usage = answer["usage"]
    assert usage["prompt_tokens"] > 0
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


async def test_the_same_words_get_the_same_answer(outside):
    first, second = await ask(outside, "x", TRIAGE), await ask(outside, "x", TRIAGE)
    assert first["choices"] == second["choices"]
    assert first["usage"] == second["usage"]


@pytest.mark.parametrize(
    ("text", "kind", "priority"),
    [
        ("The export fails with an error", "bug", 2),
        ("It would be nice to have a dark mode", "feature_request", 4),
        ("How do I change my language?", "question", 3),
        ("Everything is down, nobody can log in", "incident", 0),
        ("La exportación no funciona", "bug", 2),
        ("Urgent: payments crash", "bug", 1),
        ("There is a typo on the wrong page", "bug", 5),
        ("Me gustaría tener un modo oscuro", "feature_request", 4),
        ("El servidor está caído y nadie puede entrar", "incident", 0),
    ],
)
async def test_type_and_priority_follow_the_words(outside, text, kind, priority):
    answer = await triage(outside, text)
    jsonschema.validate(answer, TRIAGE)
    assert (answer["type"], answer["priority"]) == (kind, priority)
    assert answer["summary"].startswith("The reporter writes about this: ")


async def test_a_summary_carries_no_markup_or_address_of_the_text(outside):
    answer = await triage(outside, "<report>See <b>https://evil.example/x</b> *now* or write to a@b.example</report>")
    assert "evil" not in answer["summary"]
    assert "a@b.example" not in answer["summary"]
    assert not set("<>*") & set(answer["summary"])


async def test_only_the_delimited_text_is_read(outside):
    text = 'Say incident for an outage.\n<ticket id="1">\nIt would be nice to sort the list\n</ticket>'
    assert (await triage(outside, text))["type"] == "feature_request"
    as_json = json.dumps({"ticket": {"title": "Sorting", "description": "It would be nice to sort the list"}})
    assert (await triage(outside, as_json))["type"] == "feature_request"


async def test_priorities_may_be_named(outside):
    schema = {
        "type": "object",
        "additionalProperties": False,
        "required": ["priority", "ticket_type"],
        "properties": {
            "priority": {"enum": ["Critical", "High", "Medium", "Normal", "Low", "Minimal"]},
            "ticket_type": {"enum": ["Bug", "Feature request"]},
        },
    }
    answer = await ask(outside, "Everything is down", schema)
    assert json.loads(answer["choices"][0]["message"]["content"])["priority"] == "Critical"


async def test_any_strict_schema_gets_a_valid_answer(outside):
    item = {
        "type": "object",
        "additionalProperties": False,
        "required": ["id", "score"],
        "properties": {"id": {"type": "string", "minLength": 80}, "score": {"type": "number", "minimum": 0.9}},
    }
    schema = {
        "type": "object",
        "additionalProperties": False,
        "required": ["groups", "note", "sure", "count", "nested", "kind"],
        "properties": {
            "groups": {"type": "array", "items": {"$ref": "#/$defs/item"}, "minItems": 2},
            "note": {"type": ["string", "null"], "maxLength": 10},
            "sure": {"type": "boolean"},
            "count": {"type": "integer", "exclusiveMinimum": 7, "maximum": 9},
            "nested": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/item"}]},
            "kind": {"const": "group"},
        },
        "$defs": {"item": item},
    }
    answer = await ask(outside, "x", schema)
    jsonschema.validate(json.loads(answer["choices"][0]["message"]["content"]), schema)


async def test_a_changelog_has_its_three_sections(outside):
    text = "Write the sections **What happened:**, **How we fixed it:** and **Going forward:**.\n<t>Export fails</t>"
    content = (await ask(outside, text))["choices"][0]["message"]["content"]
    headings = ["**What happened:**", "**How we fixed it:**", "**Going forward:**"]
    positions = [content.index(heading) for heading in headings]
    assert positions == sorted(positions)
    assert "Export fails" in content
    assert "sandbox" not in content  # it goes out to a customer


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        ("The app crashes when I pay", "La app se cierra al pagar"),
        ("The export fails with an error", "La exportación falla con un error"),
        ("Everything is down, nobody can log in", "Todo está caído, nadie puede entrar"),
        ("Minor: the button is too small", "Menor: el botón es demasiado pequeño"),
    ],
)
async def test_the_same_harm_is_judged_alike_in_both_languages(outside, english, spanish):
    judged = [await triage(outside, text) for text in (english, spanish)]
    assert judged[0]["priority"] == judged[1]["priority"]
    assert judged[0]["type"] == judged[1]["type"]


@pytest.mark.parametrize(
    ("named", "text", "answered"),
    [
        ("Write in Spanish, friendly.", "La app se cierra al pagar", "Gracias por escribirnos"),
        ("Write in English, friendly.", "La app se cierra al pagar", "Thank you for writing to us"),
        ("Write in the language of the report.", "La app se cierra cuando quiero pagar", "Gracias por escribirnos"),
        ("Write in the language of the report.", "The app crashes when I pay", "Thank you for writing to us"),
    ],
)
async def test_a_changelog_is_in_the_language_asked_for(outside, named, text, answered):
    asked = f"{named} Sections: **What happened:**, **How we fixed it:**, **Going forward:**.\n<t>{text}</t>"
    content = (await ask(outside, asked))["choices"][0]["message"]["content"]
    assert content.startswith("**What happened:**")
    assert answered in content


async def test_a_draft_quotes_the_first_sentence_of_a_report(outside):
    text = "**What happened:**\n<t>The app crashes. I tried it twice on v2.1, see https://x.example/a.b.</t>"
    content = (await ask(outside, text))["choices"][0]["message"]["content"]
    assert "“The app crashes”" in content


@pytest.mark.parametrize(("language", "said"), [("en", "You and others told us"), ("es", "Usted y otras personas")])
async def test_a_text_for_many_quotes_nobody_and_claims_no_more_than_is_known(outside, language, said):
    reports = ["hi the reminders to my clients do not go out, Marta", "No llegan los recordatorios a mis pacientes"]
    asked = [
        {"role": "system", "content": pii.fill("group", "instructions", language=Language(language)).text},
        {"role": "user", "content": "\n".join(["report-x", reports[0], "report-x", reports[1], "report-x"])},
    ]
    content = (await ask(outside, messages=asked))["choices"][0]["message"]["content"]
    assert said in content
    for word in ("reminders", "recordatorios", "clients", "Marta", "checked", "comprobado"):
        assert word not in content


async def test_a_changelog_may_come_in_fields(outside):
    fields = ["what_happened", "how_we_fixed_it", "going_forward"]
    schema = {
        "type": "object",
        "additionalProperties": False,
        "required": fields,
        "properties": {name: {"type": "string"} for name in fields},
    }
    answer = json.loads((await ask(outside, "Export fails", schema))["choices"][0]["message"]["content"])
    assert len(set(answer.values())) == 3


@pytest.mark.parametrize(
    ("marker", "finish"),
    [("sandbox-refuse", "stop"), ("sandbox-length", "length"), ("sandbox-filter", "content_filter")],
)
async def test_marker_words_play_refusal_length_and_filter(outside, marker, finish):
    (choice,) = (await ask(outside, f"x {marker} y", TRIAGE))["choices"]
    assert choice["finish_reason"] == finish
    if marker == "sandbox-refuse":
        assert choice["message"]["content"] is None
        assert choice["message"]["refusal"]
    else:
        with pytest.raises(ValueError):
            json.loads(choice["message"]["content"])


async def test_marker_words_play_broken_and_empty_answers_and_a_spent_quota(outside):
    (broken,) = (await ask(outside, "sandbox-broken", TRIAGE))["choices"]
    assert broken["finish_reason"] == "stop"
    with pytest.raises(ValueError):
        json.loads(broken["message"]["content"])
    assert (await ask(outside, "sandbox-empty"))["choices"][0]["message"]["content"] == ""
    status, answer, _ = await outside.ask("POST", CHAT, request("sandbox-quota"), **KEY)
    assert (status, answer["error"]["code"]) == (429, "insufficient_quota")


async def test_too_few_tokens_cut_the_answer(outside):
    (choice,) = (await ask(outside, "x", TRIAGE, max_completion_tokens=3))["choices"]
    assert (choice["finish_reason"], len(choice["message"]["content"])) == ("length", 12)


OPEN = {"type": "object", "required": [], "properties": {}}
LOOSE = {"type": "object", "additionalProperties": False, "required": [], "properties": {"a": {"type": "string"}}}
NESTED = {
    "type": "object",
    "additionalProperties": False,
    "required": ["a"],
    "properties": {"a": {"type": "array", "items": OPEN}},
}


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "boss", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
        ({"colour": "red"}, "colour"),
        ({"max_tokens": 100}, "max_tokens"),
        ({"max_completion_tokens": 0}, "max_completion_tokens"),
        ({"temperature": 0.2}, "temperature"),
        ({"reasoning_effort": "minimal"}, "reasoning_effort"),
        ({"model": "gpt-6-astra", "reasoning_effort": "none"}, "reasoning_effort"),
        ({"model": "gpt-4.1", "reasoning_effort": "low"}, "reasoning_effort"),
        ({"stream": True}, "stream"),
        ({"response_format": {"type": "xml"}}, "response_format"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema.name"),
        ({"response_format": strict({"type": "string"})}, "response_format"),
        ({"response_format": strict(OPEN)}, "response_format"),
        ({"response_format": strict(LOOSE)}, "response_format"),
        ({"response_format": strict(NESTED)}, "response_format"),
        ({"response_format": strict(TRIAGE, name="two words")}, "response_format.json_schema.name"),
    ],
)
async def test_a_request_that_is_wrong_names_its_parameter(outside, change, param):
    status, answer, _ = await outside.ask("POST", CHAT, request(**change), **KEY)
    assert (status, answer["error"]["param"]) == (400, param)
    assert answer["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    "change",
    [
        {"temperature": 0.2, "reasoning_effort": "none"},
        {"model": "gpt-4.1", "temperature": 0.2, "max_tokens": 500},
        {"model": "gpt-6-luna", "reasoning_effort": "max"},
    ],
)
async def test_what_a_model_takes_is_taken(outside, change):
    await ask(outside, **change)


@pytest.mark.parametrize("body", [b"{", b"[]"])
async def test_broken_json_is_refused(outside, body):
    status, answer, _ = await outside.ask("POST", CHAT, body, **KEY)
    assert (status, answer["error"]["type"]) == (400, "invalid_request_error")


async def embed(outside, given, **more):
    body = {"model": "text-embedding-3-small", "input": given, **more}
    return await outside.ask("POST", "/openai/v1/embeddings", body, **KEY)


async def test_embeddings_are_unit_vectors_and_always_the_same(outside):
    _, answer, _ = await embed(outside, ["export fails", "export fails", "dark mode"])
    vectors = [one["embedding"] for one in answer["data"]]
    assert [len(one) for one in vectors] == [1536] * 3
    assert vectors[0] == vectors[1] != vectors[2]
    assert math.isclose(sum(value * value for value in vectors[0]), 1)
    assert [one["index"] for one in answer["data"]] == [0, 1, 2]
    assert answer["usage"]["total_tokens"] > 0


async def test_texts_that_share_words_lie_close_together(outside):
    texts = ["The CSV export fails with error 500", "Export to CSV failed, error 500", "Please add a dark mode"]
    _, answer, _ = await embed(outside, texts)
    one, like, other = (row["embedding"] for row in answer["data"])

    def near(left, right):
        return sum(a * b for a, b in zip(left, right, strict=True))

    assert near(one, like) > 0.5
    assert near(one, other) < 0.2


async def test_embeddings_come_as_base64_and_in_fewer_dimensions(outside):
    _, floats, _ = await embed(outside, "export", dimensions=8)
    _, packed, _ = await embed(outside, "export", dimensions=8, encoding_format="base64")
    raw = base64.b64decode(packed["data"][0]["embedding"])
    assert struct.unpack("<8f", raw) == pytest.approx(floats["data"][0]["embedding"])


@pytest.mark.parametrize(
    ("given", "more"),
    [
        ("", {}),
        ([], {}),
        (["a", ""], {}),
        (5, {}),
        (["a"] * 2049, {}),
        ("x" * 40_000, {}),
        ("a", {"dimensions": 1537}),
        ("a", {"dimensions": 0}),
        ("a", {"encoding_format": "hex"}),
    ],
)
async def test_inputs_that_cannot_be_embedded_are_refused(outside, given, more):
    status, answer, _ = await embed(outside, given, **more)
    assert (status, answer["error"]["type"]) == (400, "invalid_request_error")


async def test_a_chat_model_embeds_nothing(outside):
    assert (await embed(outside, "a", model="gpt-5.1"))[0] == 404
    assert (await outside.ask("POST", CHAT, request(model="text-embedding-3-small"), **KEY))[0] == 404


async def test_the_vendors_own_client_understands_it(outside):
    import openai  # for a second: every process that collects the tests would pay it

    async with openai.AsyncOpenAI(api_key="sk-test", base_url=f"{outside.url}/openai/v1", max_retries=0) as client:
        told = await client.chat.completions.create(
            model="gpt-5.1", messages=[{"role": "user", "content": "Export fails"}], response_format=strict(TRIAGE)
        )
        assert json.loads(told.choices[0].message.content)["type"] == "bug"
        vectors = await client.embeddings.create(model="text-embedding-3-small", input=["a", "b"])
        assert len(vectors.data[1].embedding) == 1536
        with pytest.raises(openai.NotFoundError):
            await client.chat.completions.create(model="o3-mini", messages=[{"role": "user", "content": "x"}])
