"""The small screens: the form for reporters, App Home, and what did not work."""

from blocks import home, problem, report
from hub.connecting import Trouble
from hub.showing import ReportLine
from hub.viewing import Choice, Screen
from storage.enums import Priority
from tests.blocks import make
from tests.blocks.limits import action_ids, elements, view_faults, words


def test_the_form_asks_for_a_description_and_offers_the_rest():
    view = report.form()
    optional = {block["element"]["action_id"]: block["optional"] for block in view["blocks"]}
    assert optional == {"report.description": False, "report.urgency": True, "report.files": True}
    assert view["callback_id"] == "report.submit"


def test_urgencies_are_priorities_in_plain_words():
    select = next(e for e in elements(report.form()["blocks"]) if e["action_id"] == "report.urgency")
    values = [int(option["value"]) for option in select["options"]]
    assert values == [1, 3, 5]
    assert set(values) <= {int(each) for each in Priority}


def test_the_form_takes_ten_files():
    files = next(e for e in elements(report.form()["blocks"]) if e["action_id"] == "report.files")
    assert files["max_files"] == 10


def test_a_reporter_is_thanked_with_the_number():
    assert "#142" in report.thanks(142)


def test_a_form_that_was_sent_gives_way_to_the_answer():
    view = report.taken(report.known())
    assert view_faults(view) == []
    assert "we have this report already" in words(view)


def test_the_usage_shows_an_example():
    assert "/feedback" in report.usage()


def test_an_agent_sees_how_many_tickets_there_are_and_where():
    view = tickets_home("C0TRIAGE")
    assert "🔵 Open *5*" in words(view)
    assert "✅ Resolved *8*" in words(view)
    mentioned = [block["elements"][0]["elements"] for block in view["blocks"] if block["type"] == "rich_text"]
    assert {"type": "channel", "channel_id": "C0TRIAGE"} in mentioned[0]


def tickets_home(triage_channel: str) -> dict:
    return home.agent(Screen(Choice(), make.ticket_list()), triage_channel=triage_channel)


def test_what_is_wrong_with_a_connection_stands_first():
    troubles = (Trouble("slack", "The Slack token was revoked.", make.AT), Trouble("fax", "*x* <!channel>", make.AT))
    view = home.agent(Screen(Choice(), make.ticket_list(), troubles), triage_channel="")
    assert view_faults(view) == []
    assert "⚠️ 💬 Slack, since " in words({"type": "home", "blocks": view["blocks"][:1]})
    assert "The Slack token was revoked." in words({"type": "home", "blocks": view["blocks"][:1]})
    assert view["blocks"][1]["type"] == "rich_text", "outside words stand where nothing is parsed"


def test_a_channel_given_by_name_is_shown_by_name():
    assert "#triage" in words(tickets_home("#triage"))


def test_a_missing_triage_channel_names_its_setting():
    assert "SLACK_TRIAGE_CHANNEL" in words(tickets_home(""))


def test_a_reporter_sees_their_reports_and_can_add_one():
    view = home.reporter([ReportLine(142, "The export stops", "in_progress", make.AT)])
    assert "#142 " in words(view)
    assert "🟡 In progress" in words(view)
    assert action_ids(view["blocks"]) == ["report.open"]


def test_a_reporter_without_reports_is_told_so():
    assert "not reported anything yet" in words(home.reporter([]))


def test_older_reports_are_counted():
    view = home.reporter([ReportLine(n, "x", "open", make.AT) for n in range(50)])
    assert "10 older reports are not shown." in words(view)


def test_a_problem_is_one_sentence():
    assert problem.text("Only <agents> may do this.") == "⚠️ Only &lt;agents&gt; may do this."
    assert "Only agents may do this." in words(problem.modal("Only agents may do this."))
