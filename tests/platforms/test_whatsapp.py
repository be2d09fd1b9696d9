"""WhatsApp: every message of every delivery, the 24-hour window, and what Meta's codes mean for us."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.channel import Edit, File, Letter, Receipt, Report, Unreadable
from platforms.errors import CannotTell, Later, RateLimited, Refused, Restricted, Unreachable, Unsure, WindowClosed
from platforms.whatsapp import letter as letters
from platforms.whatsapp import refusals, report

NUMBER = "106540352242922"
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
DRAFT = "**What happened:**\nThe app\tcrashed.\n\n**How we fixed it:**\nIt    starts now."


class Template:
    whatsapp_template = "issue_resolved"
    whatsapp_template_language = "en_US, es_ES"
    whatsapp_template_length = 200


def letter(**changes):
    known = {
        "notification_id": "5b2f7a1c",
        "recipient": f"{NUMBER}:US.5500",
        "text": DRAFT,
        "place": {"phone_number_id": NUMBER},
        "last_heard_at": NOW - timedelta(hours=1),
    }
    return Letter(**{"channel": "any", **known, **changes})


def composed(**changes):
    return letters.compose(letter(**changes), NOW, template=Template())


def read(payload, burst_seconds=0):
    return report.read(payload, phone_number_id=NUMBER, burst_seconds=burst_seconds)


def delivery(**value):
    filled = {"metadata": {"phone_number_id": NUMBER}, **value}
    return {"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "messages", "value": filled}]}]}


def message(kind="text", **changes):
    known = {"id": "wamid.A", "from": "34600111222", "timestamp": "1795400000", "type": kind}
    return {**known, "text": {"body": "Hello"}, **changes}


@pytest.fixture
def whatsapp(channel, outside):
    return channel("whatsapp", whatsapp_base_url=outside.url)


def graph_error(code, details="because", **changes):
    error = {"message": f"(#{code}) No", "type": "OAuthException", "code": code, "error_data": {"details": details}}
    return {"error": {**error, **changes}}


def accepted(wamid="wamid.OURS"):
    return {"messaging_product": "whatsapp", "contacts": [{"input": "1", "wa_id": "1"}], "messages": [{"id": wamid}]}


class TestReading:
    def test_burst_window_is_the_setting_s(self):
        (found,) = read(delivery(messages=[message()]), burst_seconds=120)
        assert found.burst_seconds == 120

    @pytest.mark.parametrize(
        "payload",
        [
            None, [], {}, {"object": "page"}, {"object": "whatsapp_business_account"},
            {"object": "whatsapp_business_account", "entry": {}}, {"object": "whatsapp_business_account", "entry": [1]},
            {"object": "whatsapp_business_account", "entry": [{"changes": [1]}]}, delivery(metadata={}), delivery(),
            delivery(messages=[1]), delivery(messages={}), delivery(statuses=[None]), delivery(errors=[{}]),
            delivery(messages=[message(id=None)]), delivery(messages=[message(id="x" * 500)]),
            delivery(messages=[message(id="a b")]), delivery(messages=[message(timestamp="1.5")]),
            delivery(messages=[message(timestamp="١٢٣")]), delivery(messages=[message(timestamp=True)]),
            delivery(messages=[message(**{"from": None})]), delivery(messages=[message(text="Hello")]),
            delivery(messages=[message(text={"body": " "})]), delivery(messages=[message("image", image={})]),
            delivery(messages=[message("new <kind>")]), delivery(messages=[message("location", location={})]),
            delivery(messages=[message("order", order={})]), delivery(messages=[message("contacts", contacts=[1])]),
            delivery(messages=[message("edit", edit={"original_message_id": "wamid.A", "message": {}})]),
            delivery(messages=[message("interactive", interactive={"nfm_reply": {"response_json": "{"}})]),
            delivery(messages=[message("interactive", interactive={"nfm_reply": {"response_json": "[1]"}})]),
            delivery(statuses=[{"id": "wamid.A"}]),
        ],
    )  # fmt: skip
    def test_what_cannot_be_read_is_kept_as_unreadable(self, payload):
        assert [type(found) for found in read(payload)] == [Unreadable]

    def test_one_broken_message_costs_only_itself(self):
        good, broken = message(id="wamid.B"), message(timestamp=None)
        found = read(delivery(messages=[broken, good, "?"], statuses=[{}]))
        assert [type(reading) for reading in found] == [Unreadable, Report, Unreadable, Unreadable]

    def test_contact_of_somebody_else_is_not_the_author(self):
        people = [{"profile": {"name": "Eva"}, "wa_id": "111", "user_id": "ES.1"}]
        (found,) = read(delivery(messages=[message()], contacts=people))
        assert (found.author.account_id, found.author.name) == (f"{NUMBER}:34600111222", None)

    def test_user_id_of_the_message_finds_its_contact(self):
        people = [
            {"wa_id": "222", "user_id": "ES.2"},
            {"profile": {"name": "Ana"}, "wa_id": "111", "user_id": "ES.1"},
        ]
        named = message(**{"from": None, "from_user_id": "ES.1"})
        (found,) = read(delivery(messages=[named], contacts=people))
        assert (found.author.account_id, found.author.phone, found.author.name) == (f"{NUMBER}:ES.1", "111", "Ana")

    def test_any_number_is_taken_when_none_is_set(self):
        payload = delivery(messages=[message()], metadata={"phone_number_id": "42"})
        (found,) = report.read(payload, phone_number_id="", burst_seconds=0)
        assert found.author.account_id == "42:34600111222"

    def test_revoked_message_is_an_edit_without_text(self):
        (found,) = read(delivery(messages=[message("revoke", revoke={"original_message_id": "wamid.O"})]))
        assert isinstance(found, Edit)
        assert (found.external_id, found.text) == ("wamid.O", None)

    def test_edited_caption_is_the_new_text(self):
        change = {
            "original_message_id": "wamid.O",
            "message": {"type": "image", "image": {"id": "1", "caption": "new"}},
        }
        (found,) = read(delivery(messages=[message("edit", edit=change)]))
        assert found.text == "new"

    def test_failed_receipt_says_why_in_a_sentence(self):
        errors = [{"code": 131026, "title": "Message undeliverable"}]
        (found,) = read(
            delivery(statuses=[{"id": "wamid.A", "status": "failed", "timestamp": "1795400000", "errors": errors}])
        )
        assert isinstance(found, Receipt)
        assert found.error_code == "131026"
        assert found.error.startswith("The message cannot be delivered")

    def test_files_have_names_even_without_a_type(self):
        (found,) = read(delivery(messages=[message("sticker", sticker={"id": "77"})]))
        assert found.files[0].name == "sticker.octet-stream" or found.files[0].name == "sticker"
        assert found.title == "Sticker"

    @pytest.mark.parametrize(
        ("location", "text"),
        [
            ({"latitude": 1, "longitude": -2.5}, "Location: 1, -2.5"),
            ({"latitude": True, "longitude": 1, "name": "Sol"}, "Location: Sol"),
            ({"name": "Sol", "url": "https://x.example"}, "Location: Sol, https://x.example"),
        ],
    )
    def test_location_is_told_in_words(self, location, text):
        assert read(delivery(messages=[message("location", location=location)]))[0].text == text

    def test_product_without_a_price_is_still_listed(self):
        order = {"product_items": [{"product_retailer_id": "S1"}, {"quantity": 3}]}
        assert read(delivery(messages=[message("order", order=order)]))[0].text == "Order: 1 x S1, 3 x ?"

    @settings(max_examples=60)
    @given(st.sampled_from(sorted([*report.TEXTS, *report.MEDIA, "edit", "revoke", "system"])), st.data())
    def test_any_content_of_any_type_reads_without_raising(self, kind, data):
        inner = st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=5),
            lambda x: (
                st.lists(x, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        ["id", "body", "caption", "name", "phones", "message", "nfm_reply", "product_items", "type"]
                    ),
                    x,
                )
            ),
        )
        for found in read(delivery(messages=[message(kind, **{kind: data.draw(inner)})])):
            assert isinstance(found, (Report, Edit, Unreadable))


class TestLetter:
    @pytest.mark.parametrize(
        ("heard", "kind"),
        [
            (timedelta(), "session"),
            (timedelta(hours=23, minutes=57, seconds=59), "session"),
            (timedelta(hours=23, minutes=58), "template"),
            (timedelta(hours=24), "template"),
            (timedelta(days=9), "template"),
            (timedelta(seconds=-5), "session"),
        ],
    )
    def test_window_decides_with_a_margin(self, heard, kind):
        assert composed(last_heard_at=NOW - heard).kind == kind

    def test_person_never_heard_gets_the_template(self):
        assert composed(last_heard_at=None).kind == "template"

    def test_template_can_be_demanded(self):
        assert composed(template_only=True).kind == "template"

    def test_session_text_has_whatsapp_s_headings(self):
        message = composed()
        assert message.text == "*What happened:*\nThe app\tcrashed.\n\n*How we fixed it:*\nIt    starts now."
        assert message.request == {
            "phone_number_id": NUMBER,
            "recipient": f"{NUMBER}:US.5500",
            "body": {
                "messaging_product": "whatsapp",
                "recipient": "US.5500",
                "biz_opaque_callback_data": "5b2f7a1c",
                "recipient_type": "individual",
                "type": "text",
                "text": {"body": message.text, "preview_url": False},
            },
        }

    def test_template_has_one_clean_parameter(self):
        message = composed(last_heard_at=None, language="es-ES")
        assert message.text == "What happened: The app crashed. How we fixed it: It starts now."
        assert message.request["body"]["template"] == {
            "name": "issue_resolved",
            "language": {"code": "es_ES", "policy": "deterministic"},
            "components": [{"type": "body", "parameters": [{"type": "text", "text": message.text}]}],
        }

    @pytest.mark.parametrize("language", [None, "en", "fr", "pt-BR"])
    def test_a_language_the_template_is_not_approved_in_gets_the_first(self, language):
        request = composed(last_heard_at=None, language=language).request
        assert request["body"]["template"]["language"]["code"] == "en_US"

    @pytest.mark.parametrize(
        ("code", "remedy"), [(131047, "template"), (131000, "retry"), (131026, "another_way"), (131042, None)]
    )
    def test_a_failed_status_says_what_may_be_done(self, code, remedy):
        assert refusals.remedy(code) == remedy

    @pytest.mark.parametrize("purpose", ["acknowledgement", "comment"])
    def test_only_the_outcome_goes_out_as_the_template(self, purpose):
        assert composed(purpose=purpose).kind == "session"
        assert composed(purpose=purpose, last_heard_at=None).kind == "by hand"

    @pytest.mark.parametrize(
        ("recipient", "attributes", "address"),
        [
            (f"{NUMBER}:US.5500", {}, {"recipient": "US.5500"}),
            (f"{NUMBER}:US.5500", {"phone": "34600111222"}, {"to": "34600111222"}),
            (f"{NUMBER}:US.5500", {"phone": None}, {"recipient": "US.5500"}),
            (f"{NUMBER}:US.5500", {"phone": "not one"}, {"recipient": "US.5500"}),
            (f"{NUMBER}:34600111222", {}, {"to": "34600111222"}),
        ],
    )
    def test_phone_goes_into_to_and_user_id_into_recipient(self, recipient, attributes, address):
        body = composed(recipient=recipient, attributes=attributes).request["body"]
        assert {key: body[key] for key in ("to", "recipient") if key in body} == address

    def test_session_text_is_cut_at_a_word(self):
        text = composed(text="word " * 2000).text
        assert len(text) <= 4096
        assert text.endswith("word…")

    @pytest.mark.parametrize(
        ("text", "length", "kept"),
        [
            ("one two", 7, "one two"),
            ("one two", 6, "one…"),
            ("one two", 4, "one…"),
            ("onetwo", 4, "one…"),
            ("", 4, ""),
        ],
    )
    def test_cut_keeps_whole_words(self, text, length, kept):
        assert letters.cut(text, length) == kept

    @given(st.text(max_size=400), st.integers(20, 200))
    def test_template_parameter_is_always_one_line_meta_takes(self, words, length):
        template = Template()
        template.whatsapp_template_length = length
        text = letters.compose(letter(text=words, last_heard_at=None), NOW, template=template).text
        assert len(text) <= length
        assert not set(text) & set("\n\t\r\u200b\u200e\u202e\u2066\ufeff")
        assert "  " not in text

    @given(st.text(max_size=5000))
    def test_session_text_never_exceeds_whatsapp_s_length(self, words):
        assert len(composed(text=words).text) <= 4096


class TestSending:
    async def test_accepted_message_is_named_by_its_wamid(self, whatsapp, outside):
        outside.says(200, accepted())
        assert await whatsapp.send(composed()) == "wamid.OURS"
        method, path, body, headers = outside.asked[0]
        assert (method, path) == ("POST", f"/v25.0/{NUMBER}/messages")
        assert body == composed().request["body"]
        assert headers["Authorization"] == "Bearer whatsapp-token"

    @pytest.mark.parametrize("code", sorted(refusals.PAUSE_CODES))
    async def test_codes_of_pace_are_rate_limits(self, whatsapp, outside, code):
        outside.says(400, graph_error(code))
        with pytest.raises(RateLimited) as error:
            await whatsapp.send(composed())
        assert (error.value.code, error.value.retry_after) == (str(code), None)
        with pytest.raises(Later):
            await whatsapp.send(composed())
        assert len(outside.asked) == 1

    async def test_pause_of_one_pair_does_not_stop_the_others(self, whatsapp, outside):
        outside.says(400, graph_error(131056))
        with pytest.raises(RateLimited):
            await whatsapp.send(composed())
        outside.says(200, accepted())
        assert await whatsapp.send(composed(recipient=f"{NUMBER}:US.77")) == "wamid.OURS"

    async def test_one_person_gets_few_messages_at_a_time(self, whatsapp, outside):
        for _ in range(3):
            outside.says(200, accepted())
            await whatsapp.send(composed())
        with pytest.raises(Later):
            await whatsapp.send(composed())

    @pytest.mark.parametrize(
        ("status", "body", "kind", "says"),
        [
            (400, graph_error(131047), WindowClosed, "24 hours"),
            (404, graph_error(132001), Restricted, "WHATSAPP_TEMPLATE"),
            (400, graph_error(132099, "odd"), Restricted, "odd"),
            (500, graph_error(131000), Unreachable, "try again"),
            (503, graph_error(131016), Unreachable, "try again"),
            (500, graph_error(987654, "strange"), Unreachable, "strange"),
            (400, graph_error(987654, "strange"), Refused, "strange"),
            (401, graph_error(190), Refused, "WHATSAPP_API_TOKEN"),
            (403, graph_error(10), Refused, "permission"),
            (403, graph_error(200), Refused, "permission"),
            (400, graph_error(131026), Restricted, "another way"),
            (500, graph_error(3), Refused, "permission"),
            (400, graph_error(135000), Refused, "send it again"),
            (400, {"error": {"message": "no code"}}, Refused, "WHATSAPP_BASE_URL"),
            (404, "<html>", Refused, "WHATSAPP_BASE_URL"),
            (302, "", Refused, "WHATSAPP_BASE_URL"),
            (429, "", RateLimited, "pause"),
            (429, graph_error(987654), RateLimited, "987654"),
            (500, "<html>", Unsure, "may have arrived"),
            (502, "", Unsure, "may have arrived"),
            (200, "<html>", Unsure, "may have arrived"),
            (200, {"messages": []}, Unsure, "did not name it"),
            (200, [], Unsure, "did not name it"),
        ],
    )
    async def test_answer_means_an_error_of_ours(self, whatsapp, outside, status, body, kind, says):
        outside.says(status, body)
        with pytest.raises(kind, match=says) as error:
            await whatsapp.send(composed())
        assert type(error.value) is kind
        assert error.value.message.endswith(".")

    async def test_retry_after_is_obeyed(self, whatsapp, outside):
        outside.says(429, graph_error(130429), Retry_After="17")
        with pytest.raises(RateLimited) as error:
            await whatsapp.send(composed())
        assert error.value.retry_after == 17

    async def test_what_is_for_a_person_to_give_is_not_sent(self, whatsapp, outside):
        with pytest.raises(Restricted):
            await whatsapp.send(composed(purpose="comment", last_heard_at=None))
        assert outside.asked == []

    async def test_without_a_token_nothing_is_sent(self, channel, outside):
        with pytest.raises(Refused, match="WHATSAPP_API_TOKEN"):
            await channel("whatsapp", whatsapp_base_url=outside.url, whatsapp_api_token=" ").send(composed())
        assert outside.asked == []

    async def test_sent_message_cannot_be_looked_up(self, whatsapp):
        with pytest.raises(CannotTell):
            await whatsapp.find_sent(letter(), composed())

    async def test_platform_says_nothing_of_an_account(self, whatsapp):
        assert await whatsapp.profile(f"{NUMBER}:US.5500") is None

    @pytest.mark.parametrize("code", [*refusals.SENTENCES, 3, 10, 250, 132999, 1])
    def test_every_code_reads_as_a_sentence(self, code):
        assert refusals.sentence(code).endswith(".")


class TestMedia:
    FILE = File(name="image.jpeg", content_type="image/jpeg", size=None, source="1900/..")
    CONTENT = b"jpeg bytes"

    def described(self, outside, **changes):
        known = {
            "url": f"{outside.url}/media/1",
            "mime_type": "image/jpeg",
            "file_size": len(self.CONTENT),
            "id": "1900",
        }
        outside.says(200, {**known, "sha256": hashlib.sha256(self.CONTENT).hexdigest(), **changes})

    async def test_media_is_asked_for_by_id_and_fetched_with_the_token(self, whatsapp, outside):
        self.described(outside)
        outside.says(200, self.CONTENT)
        assert await whatsapp.fetch(self.FILE, 100) == self.CONTENT
        assert outside.asked[0][1] == f"/v25.0/1900%2F..?phone_number_id={NUMBER}"
        assert outside.asked[1][1] == "/media/1"
        assert outside.asked[1][3]["Authorization"] == "Bearer whatsapp-token"

    @pytest.mark.parametrize("sha256", ["", base64.b64encode(hashlib.sha256(CONTENT).digest()).decode()])
    async def test_hash_may_be_missing_or_base64(self, channel, outside, sha256):
        self.described(outside, sha256=sha256)
        outside.says(200, self.CONTENT)
        opened = channel("whatsapp", whatsapp_base_url=outside.url, whatsapp_phone_number_id="")
        assert await opened.fetch(self.FILE, 100) == self.CONTENT
        assert "phone_number_id" not in outside.asked[0][1]

    @pytest.mark.parametrize("sha256", ["0" * 64, "é"])
    async def test_damaged_media_is_not_kept(self, whatsapp, outside, sha256):
        self.described(outside, sha256=sha256)
        outside.says(200, self.CONTENT)
        with pytest.raises(Unreachable):
            await whatsapp.fetch(self.FILE, 100)

    async def test_media_that_says_it_is_too_large_is_not_fetched(self, whatsapp, outside):
        self.described(outside, file_size=101)
        with pytest.raises(Refused) as refusal:
            await whatsapp.fetch(self.FILE, 100)
        assert (refusal.value.code, len(outside.asked)) == ("too_large", 1)

    @pytest.mark.parametrize(
        "url", ["https://evil.example/1", "http://lookaside.fbsbx.com/1", "", "https://u@lookaside.fbsbx.com/"]
    )
    async def test_token_goes_to_no_foreign_host(self, whatsapp, outside, url):
        self.described(outside, url=url)
        with pytest.raises(Refused):
            await whatsapp.fetch(self.FILE, 100)
        assert len(outside.asked) == 1

    async def test_media_that_is_gone_is_refused(self, whatsapp, outside):
        outside.says(400, graph_error(100, "does not exist"))
        with pytest.raises(Refused):
            await whatsapp.fetch(self.FILE, 100)

    def test_media_comes_from_meta_only(self, channel):
        opened = channel("whatsapp")
        assert opened.may_fetch("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1")
        assert not opened.may_fetch("https://lookaside.fbsbx.com:444/")
        assert not opened.may_fetch("https://lookaside.fbsbx.com:x/")
