"""A person sees what leaves, to the letter, before it does."""

import json

import pytest

from blocks import changelog
from hub.changelog import TEMPLATE
from tests.blocks import make
from tests.blocks.limits import action_ids, elements, texts, view_faults, words


def preview(**changed):
    given = {
        "ticket_id": make.TICKET,
        "number": 142,
        "prompt": "Write to [NAME_1].",
        "redactions": [("NAME", "[NAME_1]", "Rita Rossi"), ("EMAIL", "[EMAIL_1]", "rita@x.example")],
        "models": ["gpt-5.1", "gpt-4.1"],
        "model": "gpt-4.1",
        "anew": False,
        "behind": {},
    }
    return changelog.preview_modal(**{**given, **changed})


def confirm(**changed):
    given = {
        "entry_id": make.ENTRY,
        "number": 142,
        "recipient": "+34 600 000 000",
        "channel": "whatsapp",
        "kind": "template",
        "text": "It is fixed.",
        "shown": "f" * 64,
        "restored_at": None,
        "behind": {},
    }
    return changelog.confirm_modal(**{**given, **changed})


def quotes(view):
    """The words in the quotes or preformatted parts, joined."""
    parts = [part for block in view["blocks"] if block["type"] == "rich_text" for part in block["elements"]]
    shown = [part for part in parts if part["type"] in ("rich_text_quote", "rich_text_preformatted")]
    return "".join(element["text"] for part in shown for element in part["elements"])


def test_the_preview_shows_the_prompt_to_the_letter():
    prompt = "\n".join(f"line {n} <&> *not bold*" for n in range(1000))
    assert quotes(preview(prompt=prompt)) == prompt


def test_a_prompt_too_long_for_a_view_says_how_much_is_missing():
    view = preview(prompt="x" * 1_000_000)
    missing = 1_000_000 - len(quotes(view))
    assert f"{missing:,} more characters belong to it but do not fit here." in words(view)


def test_each_redaction_is_listed():
    shown = words(preview())
    assert "name: [NAME_1] stands for Rita Rossi" in shown
    assert "e-mail address: [EMAIL_1] stands for rita@x.example" in shown
    assert "nothing was redacted" in words(preview(redactions=[]))


def test_redactions_that_do_not_fit_are_admitted():
    many = [("NAME", f"[NAME_{n}]", "x" * 150) for n in range(1000)]
    assert "more redactions than fit here" in words(preview(redactions=many))


def test_a_model_is_chosen():
    view = preview()
    (field,) = elements(view["blocks"])
    assert field["action_id"] == "changelog.model"
    assert [option["value"] for option in field["options"]] == ["gpt-5.1", "gpt-4.1"]
    assert field["initial_option"]["value"] == "gpt-4.1"
    assert view["submit"]["text"] == "Generate"


def test_a_model_no_longer_offered_is_not_preselected():
    (field,) = elements(preview(model="gpt-3")["blocks"])
    assert field["initial_option"]["value"] == "gpt-5.1"


def test_without_any_model_there_is_nothing_to_press():
    view = preview(models=[], model="")
    assert "submit" not in view
    assert "OPENAI_MODELS" in words(view)


def test_the_preview_knows_its_ticket_and_whether_it_replaces():
    assert json.loads(preview()["private_metadata"]) == {"ticket_id": str(make.TICKET), "anew": False}
    assert json.loads(preview(anew=True)["private_metadata"])["anew"] is True
    assert "will be replaced" in words(preview(anew=True))
    assert preview()["callback_id"] == "changelog.generate"


def test_writing_starts_from_the_three_headings():
    view = changelog.write_modal(make.TICKET, 142, TEMPLATE, behind={})
    (field,) = elements(view["blocks"])
    assert field["action_id"] == "changelog.content"
    assert field["initial_value"] == TEMPLATE
    assert field["max_length"] == 3000
    assert json.loads(view["private_metadata"]) == {"ticket_id": str(make.TICKET)}
    assert view["callback_id"] == "changelog.write"


def test_editing_starts_from_the_draft():
    view = changelog.edit_modal(make.draft(content="x" * 3000), behind={})
    (field,) = elements(view["blocks"])
    assert field["initial_value"] == "x" * 3000
    assert json.loads(view["private_metadata"]) == {"entry_id": str(make.ENTRY)}
    assert view["callback_id"] == "changelog.edit"


def test_a_draft_can_be_edited_written_anew_and_approved():
    drawn = changelog.draft_card(make.draft())
    pressed = {element["action_id"]: element for element in elements(drawn.blocks)}
    assert list(pressed) == ["changelog.edit", "changelog.regenerate", "changelog.approve"]
    assert {element["value"] for element in pressed.values()} == {str(make.ENTRY)}
    assert "confirm" in pressed["changelog.regenerate"]
    assert pressed["changelog.approve"]["style"] == "primary"


def test_a_draft_says_who_wrote_it():
    assert "🤖 Written by gpt-5.1, 1,234 tokens" in words(changelog.draft_card(make.draft()).blocks)
    assert "✍️ Written by hand" in words(changelog.draft_card(make.draft(model=None)).blocks)


def test_the_headings_are_bold():
    drawn = changelog.draft_card(make.draft())
    quote = next(block for block in drawn.blocks if block["type"] == "rich_text")["elements"][0]
    bold = [element["text"] for element in quote["elements"] if element.get("style")]
    assert bold == ["What happened:", "How we fixed it:", "Going forward:"]


def test_a_draft_that_cannot_be_approved_says_why_and_does_not_offer_it():
    why = "Write something under “Going forward”: there are no words yet."
    drawn = changelog.draft_card(make.draft(unfit=why))
    assert f"It cannot be approved like this. {why}" in words(drawn.blocks)
    assert why in drawn.text
    assert action_ids(drawn.blocks) == ["changelog.edit", "changelog.regenerate"]


def test_an_approved_text_says_by_whom_and_offers_nothing():
    drawn = changelog.draft_card(make.draft(is_approved=True, approved_by="Ana Alvarez", approved_at=make.AT))
    assert action_ids(drawn.blocks) == []
    assert "✅ Approved by \nAna Alvarez" in words(drawn.blocks)
    assert "2026-11-03 09:30 UTC" in str(drawn.blocks)
    assert "Approved by Ana Alvarez." in drawn.text


def test_without_a_model_a_draft_is_not_written_anew():
    drawn = changelog.draft_card(make.draft(), models_off="AI is off: set OPENAI_API_KEY.")
    assert action_ids(drawn.blocks) == ["changelog.edit", "changelog.approve"]
    assert "AI is off" in words(drawn.blocks)


def test_a_screen_reader_hears_the_draft():
    text = changelog.draft_card(make.draft()).text
    assert text.startswith("Draft for the reporter of #142. Written by gpt-5.1")
    assert "Exports stopped." in text


def test_the_confirmation_names_recipient_channel_and_way():
    shown = words(confirm())
    assert "+34 600 000 000" in shown
    assert "📱 WhatsApp" in shown
    assert "More than 24 hours since their last message: WhatsApp allows only the approved template." in shown


@pytest.mark.parametrize("kind", ["session", "template", "reply", "direct message", "thread", "by hand"])
def test_every_way_of_sending_is_explained_in_a_sentence(kind):
    assert changelog.KINDS[kind] in words(confirm(kind=kind))
    assert changelog.KINDS[kind].endswith(".")


def test_the_confirmation_shows_the_text_to_the_letter():
    text = "*What happened:*\nA <queue> & more.\n" * 400
    assert quotes(confirm(text=text)) == text.replace("*", "")
    bold = [each for each in texts(confirm(text=text)) if each.get("style") and "happened" in each["text"]]
    assert len(bold) == 400, "what channels show as bold is bold here"
    assert quotes(confirm(text="2*3*4 and *this stays*")) == "2*3*4 and *this stays*"


def test_a_report_from_before_a_restore_is_warned_of_before_anything_else():
    view = confirm(restored_at=make.AT)
    assert view_faults(view) == []
    warning = words(view["blocks"][0])
    for expected in (
        "They may have been told already.",
        "restored from a backup on",
        "This was reported before that",
        "Look into the conversation first: if the answer is there, do not send this one.",
    ):
        assert expected in warning
    assert "2026-11-03 09:30 UTC" in str(view["blocks"][0])
    assert "restored" not in words(confirm())


def test_the_confirmation_carries_the_hash_of_what_it_shows():
    view = confirm()
    assert json.loads(view["private_metadata"]) == {"entry_id": str(make.ENTRY), "shown": "f" * 64}
    assert view["callback_id"] == "changelog.approve"
    assert (view["submit"]["text"], view["close"]["text"]) == ("Send", "Back")


def test_what_nobody_sends_is_not_called_sending():
    assert confirm(kind="by hand")["submit"]["text"] == "Approve"


def test_a_view_that_waits_has_nothing_to_submit():
    assert "submit" not in changelog.loading_modal("Generate with AI")
