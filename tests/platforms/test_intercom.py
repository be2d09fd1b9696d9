"""Intercom: its HTML becomes words, our words its HTML, and its answers our errors."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.channel import Comment, File, Letter, Report, Unreadable
from platforms.errors import CannotTell, Later, RateLimited, Refused, Restricted, Unreachable, Unsure
from platforms.intercom import letter as letters
from platforms.intercom import report, text

DRAFT = '**What happened:**\nThe <total> & the "tax" were wrong.\nTwice.\n\n**How we fixed it:**\nBoth are right now.'
HTML = (
    "<p><b>What happened:</b><br>The &lt;total&gt; &amp; the &quot;tax&quot; were wrong.<br>Twice.</p>"
    "<p><b>How we fixed it:</b><br>Both are right now.</p>"
)


def letter(**changes):
    known = {
        "notification_id": "5b2f7a1c",
        "recipient": "hub1demo:68aa",
        "text": DRAFT,
        "place": {"conversation_id": "101"},
        "last_heard_at": None,
    }
    return Letter(**{"channel": "any", **known, **changes})


@pytest.fixture
def intercom(channel, outside):
    return channel("intercom", intercom_base_url=outside.url)


def composed(**changes):
    return letters.compose(letter(**changes), admin_id="814860")


def part(number, body, author="814860", kind="admin"):
    return {"type": "conversation_part", "id": number, "body": body, "author": {"type": kind, "id": author}}


def conversation(*parts):
    return {"type": "conversation", "id": "101", "conversation_parts": {"conversation_parts": list(parts)}}


def refusal(code, message="No"):
    return {"type": "error.list", "request_id": "r1", "errors": [{"code": code, "message": message}]}


@pytest.mark.parametrize(
    "body",
    [
        "", "a < b and c > d", "if x<y && y>z", "<3", "my <div> is broken", "generic List<String> fails",
        "1 &amp; 2 as I typed it", "<unknown>tag</unknown>", "a <b and b> c", "line\n  indented\n\nline", "</p> only",
        "<p", "<p>", "<<>>", "<a\nb",
    ],
)  # fmt: skip
def test_plain_text_is_untouched(body):
    assert text.plain(body) == body


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<p>Hello</p>", "Hello"),
        ("<p>a &amp; b &lt;c&gt; &nbsp;d</p>", "a & b <c> d"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("<p>one</p>\n<p>two</p>", "one\n\ntwo"),
        ("<p>one\n   line</p>", "one line"),
        ("<div>one</div><div>two</div>", "one\n\ntwo"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("<pre>def f():\n    pass</pre>", "def f():\n    pass"),
        ('<p>see <a href="https://x.example/y">this</a></p>', "see this (https://x.example/y)"),
        ('<p><a href="https://x.example/">https://x.example</a></p>', "https://x.example"),
        ('<p><a href="javascript:alert(1)">this</a></p>', "this"),
        ("<p>a<script>alert(1)</script><style>p{}</style>b<!-- hidden --></p>", "ab"),
        ("<html><head><title>t</title></head><body><p>mail</p></body></html>", "mail"),
        ('<p>before</p>[Image "shot.png"]<p>after</p>', "before\n\nafter"),
        ("<P CLASS='no-margin'>Loud</P>", "Loud"),
        ("<p>unclosed <b>bold</p>", "unclosed bold"),
    ],
)
def test_html_becomes_the_words_a_reader_saw(body, words):
    assert text.plain(body) == words


@pytest.mark.parametrize(
    ("body", "words"),
    [("[Image]", ""), ("see [Attachment: log.txt] please", "see  please"), ("[Image upload is broken]",) * 2],
)
def test_markers_of_attachments_are_left_out(body, words):
    assert text.plain(body) == words


def test_markup_that_breaks_off_costs_nothing_that_stands_before_it():
    """The rest is shown or, as browsers do and the newest releases of Python, taken for a comment."""
    assert text.plain("<p>a</p><![if broken") in ("a", "a\n<![if broken")


def test_markup_the_parser_rejects_is_kept_as_it_is(monkeypatch):
    def reject(*_):
        raise text.ParserRejectedMarkup("no")

    monkeypatch.setattr(text, "BeautifulSoup", reject)
    assert text.plain("<p>words</p>") == "<p>words</p>"


@pytest.mark.parametrize("unit", ["<p>", "<b>x", "<a href='https://x.example'>y", "<p>x</p>", "<", "<li>", "[Image "])
def test_a_megabyte_of_markup_takes_no_minutes(unit):
    started = time.process_time()
    for length in (100_000, 2**20):
        text.plain(unit * (length // len(unit)) + "</p></b></a>")
    assert time.process_time() - started < 60


def test_very_long_bodies_keep_their_words():
    assert text.plain("<p>a &amp; b</p>" + "<p>more</p>" * 20_000).startswith("a & b\n\nmore")
    assert text.plain("a < b " * 50_000) == ("a < b " * 50_000).strip()
    assert text.images("<img src='https://downloads.intercomcdn.com/a.png'>" * 10_000) == ()


@given(st.text(alphabet="<>/pbalir &;!-[]\"'=\n", max_size=60))
def test_no_body_breaks_the_reading(body):
    assert isinstance(text.plain(body), str)
    assert isinstance(text.images(body), tuple)


def test_pasted_images_are_files_and_each_only_once():
    source = "https://downloads.intercomcdn.com/i/o/1/a.png"
    body = f'<img src="{source}"><img src="{source}"><img src="data:image/png;base64,AA"><img>'
    assert text.images(body) == (File(name="a.png", content_type="image/png", size=None, source=source),)
    assert text.images('<img src="https://downloads.intercomcdn.com/">')[0].name == "image"


def delivery(topic, item, **changes):
    return {"topic": topic, "app_id": "hub1demo", "data": {"item": item}, **changes}


def created(**changes):
    author = {"type": "user", "id": "68aa", "name": "Lena", "email": "lena@shop.example"}
    source = {"body": "<p>Broken</p>", "subject": "<b>Old</b> mail<br>", "author": author, "attachments": []}
    return {"id": 101, "created_at": 1795400000, "source": source, **changes}


def test_subject_and_address_of_the_conversation_are_kept():
    item = created(links={"conversation_web": "https://app.intercom.com/a/apps/hub1demo/conversations/101"})
    (found,) = report.read(delivery("conversation.user.created", item), app_id="")
    assert (found.title, found.external_id) == ("Old mail", "hub1demo:101")
    assert found.url == "https://app.intercom.com/a/apps/hub1demo/conversations/101"


def test_parts_are_kept_out_of_the_opening_s_raw_payload():
    item = created(conversation_parts={"conversation_parts": [part("9", "<p>x</p>")]})
    (found,) = report.read(delivery("conversation.user.created", item), app_id="")
    assert "conversation_parts" not in found.raw
    assert found.raw["source"] == item["source"]


def test_delivery_of_another_workspace_is_unreadable():
    (found,) = report.read(delivery("conversation.user.created", created()), app_id="mine")
    assert "another workspace" in found.reason


def test_topic_nobody_reads_is_ignored_whatever_its_workspace():
    assert report.read(delivery("contact.created", {}), app_id="mine") == []


@pytest.mark.parametrize(
    "item",
    [
        {}, {"source": {}}, created(id=None), created(id="../../admins"), created(created_at="soon"),
        created(created_at=True), created(created_at=1795400000000), created(source={"author": {"type": "admin"}}),
        created(source={"author": {"type": "user"}}), created(source=None),
    ],
)  # fmt: skip
def test_conversation_that_lacks_what_a_ticket_needs_is_unreadable(item):
    (found,) = report.read(delivery("conversation.user.created", item), app_id="")
    assert isinstance(found, Unreadable)


def test_reply_without_words_or_files_is_ignored():
    item = created(
        conversation_parts={"conversation_parts": [{**part("9", None, "68aa", "user"), "created_at": 1795400000}]}
    )
    assert report.read(delivery("conversation.user.replied", item), app_id="") == []


def test_part_that_is_no_object_is_unreadable_and_costs_only_itself():
    good = {**part("9", "words", "68aa", "user"), "created_at": 1795400000}
    item = created(conversation_parts={"conversation_parts": ["?", good]})
    broken, comment = report.read(delivery("conversation.user.replied", item), app_id="")
    assert isinstance(broken, Unreadable)
    assert isinstance(comment, Comment)


def test_ticket_reply_whose_ticket_says_nothing_still_opens_one():
    reply = {**part("9", "words", "68aa", "user"), "created_at": 1795400000}
    item = {"type": "ticket_ticket_part", "ticket": {"id": "202"}, "ticket_part": reply}
    (found,) = report.read(delivery("ticket.contact.replied", item), app_id="")
    assert isinstance(found.opening, Report)
    assert (found.opening.external_id, found.opening.text) == ("hub1demo:202", "words")


def test_ticket_reply_without_its_part_is_unreadable():
    (found,) = report.read(delivery("ticket.contact.replied", {"ticket": {"id": "202"}}), app_id="")
    assert isinstance(found, Unreadable)


@settings(max_examples=40)
@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda x: st.lists(x) | st.dictionaries(st.text(max_size=5), x),
    )
)
def test_any_item_of_any_topic_reads_without_raising(item):
    for topic in report.TOPICS:
        for found in report.read(delivery(topic, item), app_id=""):
            assert isinstance(found, (Report, Comment, Unreadable))


def test_letter_is_a_reply_with_headings_and_inert_text():
    message = composed()
    assert message.kind == "reply"
    assert message.text == DRAFT.replace("**", "")
    assert message.request == {
        "path": "/conversations/101/reply",
        "body": {"message_type": "comment", "type": "admin", "admin_id": "814860", "body": HTML},
    }


def test_letter_about_a_ticket_answers_the_ticket():
    assert composed(place={"ticket_id": "202"}).request["path"] == "/tickets/202/reply"


def test_letter_without_a_conversation_begins_one():
    message = composed(place={})
    assert message.kind == "direct message"
    assert message.request == {
        "path": "/messages",
        "body": {
            "message_type": "in_app",
            "body": HTML,
            "from": {"type": "admin", "id": 814860},
            "to": {"type": "user", "id": "68aa"},
            "create_conversation_without_contact_reply": True,
        },
    }
    assert composed(place={}, attributes={"role": "lead"}).request["body"]["to"]["type"] == "lead"


@given(st.text(max_size=80))
def test_no_text_smuggles_in_a_tag(words):
    body = composed(text=words).request["body"]["body"]
    for tag in ("<p>", "</p>", "<b>", "</b>", "<br>"):
        body = body.replace(tag, "")
    assert "<" not in body
    assert ">" not in body


async def test_reply_is_sent_as_the_teammate_and_named_by_its_part(intercom, outside):
    outside.says(
        200, conversation(part("1", "<p>x</p>", "1"), part("2", HTML), part("3", "<p>y</p>", "68aa", "user"))
    )
    assert await intercom.send(composed()) == "2"
    method, path, body, headers = outside.asked[0]
    assert (method, path) == ("POST", "/conversations/101/reply")
    assert body["admin_id"] == "814860"
    assert headers["Authorization"] == "Bearer intercom-token"
    assert headers["Intercom-Version"] == "2.15"


async def test_message_and_ticket_reply_are_named_by_themselves(intercom, outside):
    outside.says(200, {"type": "admin_message", "id": "403918349"})
    assert await intercom.send(composed(place={})) == "403918349"
    outside.says(200, {"type": "ticket_part", "id": 122, "part_type": "comment"})
    assert await intercom.send(composed(place={"ticket_id": "202"})) == "122"


async def test_answer_that_names_nothing_is_unsure(intercom, outside):
    outside.says(200, [])
    with pytest.raises(Unsure):
        await intercom.send(composed())


@pytest.mark.parametrize(
    ("status", "body", "kind", "says"),
    [
        (401, refusal("unauthorized"), Refused, "INTERCOM_API_TOKEN"),
        (401, "<html>", Refused, "INTERCOM_API_TOKEN"),
        (403, refusal("api_plan_restricted"), Refused, "plan"),
        (404, refusal("not_found"), Restricted, "no such conversation"),
        (422, refusal("parameter_invalid", "Body is empty"), Refused, "Body is empty"),
        (400, refusal("intercom_version_invalid"), Refused, "INTERCOM_VERSION"),
        (301, "", Refused, "INTERCOM_BASE_URL"),
        (429, refusal("rate_limit_exceeded"), RateLimited, "pause"),
        (500, refusal("server_error"), Unreachable, "500"),
        (500, "oops", Unsure, "may have arrived"),
        (502, "<html>", Unsure, "may have arrived"),
        (503, "", Unsure, "may have arrived"),
        (200, "<html>", Unsure, "may have arrived"),
    ],
)
async def test_answer_means_an_error_of_ours(intercom, outside, status, body, kind, says):
    outside.says(status, body)
    with pytest.raises(kind, match=says) as error:
        await intercom.send(composed())
    assert type(error.value) is kind
    assert error.value.message.endswith(".")


async def test_failure_of_a_question_is_never_unsure(intercom, outside):
    outside.says(502, "<html>")
    with pytest.raises(Unreachable):
        await intercom.find_sent(letter(), composed())


@pytest.mark.parametrize(
    ("headers", "low", "high"),
    [
        ({"X_RateLimit_Reset": str(int(time.time()) + 3600 * 9)}, 3600, 3600),
        ({"X_RateLimit_Reset": "1"}, 1, 1),
        ({"Retry_After": "7", "X_RateLimit_Reset": "1"}, 7, 7),
    ],
)
async def test_pause_is_read_from_the_headers(intercom, outside, headers, low, high):
    outside.says(429, refusal("rate_limit_exceeded"), **headers)
    with pytest.raises(RateLimited) as error:
        await intercom.send(composed())
    assert low <= error.value.retry_after <= high


async def test_after_a_pause_was_asked_for_nobody_calls(intercom, outside):
    outside.says(429, refusal("rate_limit_exceeded"), X_RateLimit_Reset="soon")
    with pytest.raises(RateLimited) as error:
        await intercom.send(composed())
    assert error.value.retry_after is None
    with pytest.raises(Later):
        await intercom.send(composed())
    assert len(outside.asked) == 1


async def test_overload_that_says_when_is_a_pause(intercom, outside):
    outside.says(503, "", Retry_After="3")
    with pytest.raises(RateLimited):
        await intercom.send(composed())


@pytest.mark.parametrize(
    ("setting", "named"), [("intercom_admin_id", "INTERCOM_ADMIN_ID"), ("intercom_api_token", "INTERCOM_API_TOKEN")]
)
async def test_without_its_settings_nothing_is_sent(channel, outside, setting, named):
    with pytest.raises(Refused, match=named):
        await channel("intercom", intercom_base_url=outside.url, **{setting: ""}).send(composed())
    assert outside.asked == []


@pytest.mark.parametrize(
    "body",
    [
        DRAFT.replace("**", ""),
        'What happened:\nThe <total> & the "tax" were wrong.\nTwice.\nHow we fixed it:\nBoth are right now.\n',
        HTML,
    ],
)
async def test_own_words_are_found_again_however_they_are_set(intercom, outside, body):
    outside.says(200, conversation(part("7", "Hello"), part("8", body), part("9", body, "68aa", "user")))
    assert await intercom.find_sent(letter(), composed()) == "8"
    assert outside.asked[0][:2] == ("GET", "/conversations/101?display_as=plaintext")


async def test_link_intercom_has_set_anew_is_still_our_words(intercom, outside):
    said = letter(text="See https://x.example/a now")
    outside.says(200, conversation(part("8", "See https://x.example/a (https://x.example/a) now")))
    assert await intercom.find_sent(said, letters.compose(said, admin_id="814860")) == "8"


async def test_words_nobody_sent_are_surely_not_there(intercom, outside):
    outside.says(200, conversation(part("7", "Hello"), part("8", DRAFT, "999")))
    assert await intercom.find_sent(letter(), composed()) is None


async def test_reply_to_a_ticket_is_looked_for_in_the_ticket(intercom, outside):
    outside.says(200, {"type": "ticket", "id": "202", "ticket_parts": {"ticket_parts": [part("5", HTML)]}})
    assert await intercom.find_sent(letter(place={"ticket_id": "202"}), composed()) == "5"
    assert outside.asked[0][1] == "/tickets/202?display_as=plaintext"


async def test_message_without_a_conversation_cannot_be_looked_up(intercom):
    with pytest.raises(CannotTell):
        await intercom.find_sent(letter(place={}), composed(place={}))


async def test_profile_is_the_contact_with_its_company(intercom, outside):
    contact = {
        "id": "68aa",
        "name": "Lena",
        "email": "lena@shop.example",
        "phone": "+34600",
        "language_override": "es",
    }
    outside.says(200, {**contact, "companies": {"data": [{"id": "c1", "type": "company"}]}})
    outside.says(200, {"data": [{"id": "c1", "name": "Shop S.L."}]})
    found = await intercom.profile("hub1demo:68aa")
    assert (found.account_id, found.email, found.phone) == ("hub1demo:68aa", "lena@shop.example", "+34600")
    assert (found.company, found.language) == ("Shop S.L.", "es")
    assert [path for _, path, _, _ in outside.asked] == ["/contacts/68aa", "/contacts/68aa/companies"]


async def test_contact_without_anything_is_an_empty_profile(intercom, outside):
    outside.says(200, {"id": "68aa", "name": None, "email": ""})
    found = await intercom.profile("hub1demo:68aa")
    assert (found.name, found.email, found.company) == (None, None, None)


async def test_contact_that_is_gone_has_no_profile(intercom, outside):
    outside.says(404, refusal("not_found"))
    assert await intercom.profile("hub1demo:68aa") is None
    outside.says(401, refusal("unauthorized"))
    with pytest.raises(Refused):
        await intercom.profile("hub1demo:68aa")


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://downloads.intercomcdn.com/i/o/1/a.png?signature=x", True),
        ("https://uploads.eu.intercomcdn.com/a.png", True),
        ("https://shop-953e.intercom-attachments-7.com/i/o/1", True),
        ("http://downloads.intercomcdn.com/a.png", False),
        ("https://downloads.intercomcdn.com:8443/a.png", False),
        ("https://downloads.intercomcdn.com.evil.example/a.png", False),
        ("https://evil-intercom-attachments-7.com/a", False),
        ("https://u@downloads.intercomcdn.com/a.png", False),
        ("https://downloads.intercomcdn.com:99999/a", False),
    ],
)
def test_attachments_come_from_intercom_only(channel, url, may):
    assert channel("intercom").may_fetch(url) is may


async def test_attachment_is_fetched_without_the_token(intercom, outside):
    outside.says(200, b"png")
    file = File(name="a.png", content_type="image/png", size=3, source=f"{outside.url}/files/a.png")
    assert await intercom.fetch(file, 10) == b"png"
    assert "Authorization" not in outside.asked[0][3]
