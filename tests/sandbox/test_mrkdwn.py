"""Slack's texts as a browser shows them: example by example, and safe whatever is written."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sandbox.pages.mrkdwn import moment_to_text, plain_to_html, to_html

ATTRIBUTES = {"a": {"href", "rel", "target"}, "span": {"class"}}
TAGS = {"strong", "em", "s", "code", "pre", "blockquote", "br", "a", "span"}
REL = 'rel="noreferrer noopener" target="_blank"'
POSTED = 1392734382  # the moment in Slack's own examples, 06:39:42 in California


class People:
    def user(self, user_id: str) -> str | None:
        return {"U0ANA": "Ana Alvarez", "W0BEN": "Ben & Co"}.get(user_id)

    def channel(self, channel_id: str) -> str | None:
        return {"C0SUPPORT": "support"}.get(channel_id)


def drawn(text: str, *, verbatim: bool = False) -> str:
    return str(to_html(text, names=People(), verbatim=verbatim))


def link(address: str, words: str | None = None) -> str:
    return f'<a href="{address}" {REL}>{words or address}</a>'


def mention(words: str) -> str:
    return f'<span class="mention">{words}</span>'


@pytest.fixture
def in_california(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "America/Los_Angeles")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("_italic_", "<em>italic</em>"),
        ("*bold*", "<strong>bold</strong>"),
        ("~strike~", "<s>strike</s>"),
        (
            "*_both_* and (*one*), *two*!",
            "<strong><em>both</em></strong> and (<strong>one</strong>), <strong>two</strong>!",
        ),
        ("*two words* three", "<strong>two words</strong> three"),
        ("snake_case_name, 2*3*4, a~b~c", "snake_case_name, 2*3*4, a~b~c"),
        ("* no * and *no", "* no * and *no"),
        ("**markdown** and __init__ and ~~gone~~", "**markdown** and __init__ and ~~gone~~"),
        ("/*comment*/", "/*comment*/"),
        ("*a\nb*", "*a<br>b*"),
        ("*a _b* c_", "<strong>a _b</strong> c_"),
        ("*", "*"),
        ("", ""),
    ],
)
def test_marks_act_at_the_borders_of_words(text: str, shown: str):
    assert drawn(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "This is a sentence with some `inline *code*` in it.",
            "This is a sentence with some <code>inline *code*</code> in it.",
        ),
        ("`&lt;b&gt; :tada: https://a.example`", "<code>&lt;b&gt; :tada: https://a.example</code>"),
        ("`<https://a.example|words>` `<@U0ANA>`", "<code>words</code> <code>&lt;@U0ANA&gt;</code>"),
        ("a`b`", "a`b`"),
        ("` `", "` `"),
        ("`a\nb`", "`a<br>b`"),
        (
            "```This is a code block\nAnd it's multi-line```",
            "<pre>This is a code block\nAnd it&#39;s multi-line</pre>",
        ),
        ("before\n```\n  *x*\n```\nafter", "before<pre>  *x*</pre>after"),
        ("before ```x``` after", "before <pre>x</pre> after"),
        ("```a```\n\n```b```", "<pre>a</pre><br><pre>b</pre>"),
        ("```never closed", "```never closed"),
    ],
)
def test_nothing_is_drawn_inside_code(text: str, shown: str):
    assert drawn(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "This is unquoted text\n>This is quoted text\n>This is still quoted text\nThis is unquoted text again",
            "This is unquoted text<blockquote>This is quoted text<br>This is still quoted text</blockquote>This is unquoted text again",
        ),
        ("&gt; *said*", "<blockquote><strong>said</strong></blockquote>"),
        ("a > b", "a &gt; b"),
        ("> ```x\n> y```", "<blockquote><pre>x\n&gt; y</pre></blockquote>"),
        (">>> one\ntwo\n\n> three", "<blockquote>one<br>two<br><br>&gt; three</blockquote>"),
        ("a\n\n> b\n\nc", "a<br><br><blockquote>b</blockquote><br>c"),
        ("a\n\nb\r\nc\n", "a<br><br>b<br>c"),
    ],
)
def test_lines_and_quotes_stay_apart_as_written(text: str, shown: str):
    assert drawn(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<https://docs.slack.dev/>", link("https://docs.slack.dev/")),
        (
            "<https://docs.slack.dev/|This message is a link>",
            link("https://docs.slack.dev/", "This message is a link"),
        ),
        ("<https://a.example/?x=1&amp;y=2|*x* :tada:>", link("https://a.example/?x=1&amp;y=2", "*x* 🎉")),
        ("*<https://a.example|x>*", f"<strong>{link('https://a.example', 'x')}</strong>"),
        ("<mailto:a@b.example|Email Perihelion>", link("mailto:a@b.example", "Email Perihelion")),
        ("<mailto:a@b.example>", link("mailto:a@b.example", "a@b.example")),
        ("<tel:+34600|call>", link("tel:+34600", "call")),
        ("<example.com|Fred Enriquez>", "&lt;example.com|Fred Enriquez&gt;"),
        ("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;"),
        ("<https://a b|x>", "&lt;https://a b|x&gt;"),
        ('<https://a.example/"onclick="x|y>', link("https://a.example/&#34;onclick=&#34;x", "y")),
        ("<>", "&lt;&gt;"),
        ("<|x>", "&lt;|x&gt;"),
    ],
)
def test_only_addresses_a_browser_may_open_are_links(text: str, shown: str):
    assert drawn(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://a.example/b.", f"see {link('https://a.example/b')}."),
        ("(https://a.example/b_(c))", f"({link('https://a.example/b_(c)')})"),
        ("*https://a.example*", f"<strong>{link('https://a.example')}</strong>"),
        (
            "https://a.example/?x&amp;y &lt;http://b.example&gt;",
            f"{link('https://a.example/?x&amp;y')} &lt;{link('http://b.example')}&gt;",
        ),
        ("xhttps://a.example, https://", "xhttps://a.example, https://"),
        ("ftp://a.example and javascript:alert(1)", "ftp://a.example and javascript:alert(1)"),
    ],
)
def test_a_bare_address_is_a_link_unless_the_text_is_verbatim(text: str, shown: str):
    assert drawn(text) == shown
    assert "<a" not in drawn(text, verbatim=True)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Hey <@U0ANA>, thanks", f"Hey {mention('@Ana Alvarez')}, thanks"),
        ("<@W0BEN|ben>", mention("@Ben &amp; Co")),
        ("<@U0GONE> <@U0GONE|gone>", f"{mention('@U0GONE')} {mention('@gone')}"),
        ("<#C0SUPPORT> <#C0SUPPORT|old>", f"{mention('#support')} {mention('#support')}"),
        ("<#C0GONE> <#C0GONE|general>", f"{mention('#C0GONE')} {mention('#general')}"),
        (
            "<!here> <!channel|channel> <!everyone>",
            f"{mention('@here')} {mention('@channel')} {mention('@everyone')}",
        ),
        ("<!subteam^S1> <!subteam^S1|@ops>", f"{mention('@S1')} {mention('@ops')}"),
        ("<!unheard|of> <!unheard>", "&lt;of&gt; &lt;!unheard&gt;"),
        ("&lt;@U0ANA&gt;", "&lt;@U0ANA&gt;"),
    ],
)
def test_ids_are_shown_as_names(text: str, shown: str):
    assert drawn(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("It's Friday :tada:", "It&#39;s Friday 🎉"),
        (":white_check_mark::x: *:+1: ok*", "✅❌ <strong>👍 ok</strong>"),
        (":wave::skin-tone-3: :flag-es: :large_green_circle: :man-shrugging:", "👋🏼 🇪🇸 🟢 🤷\u200d♂️"),
        (":our_own_emoji: at 10:30:45 :not:tada:", ":our_own_emoji: at 10:30:45 :not🎉"),
    ],
)
def test_known_shortcodes_become_emoji(text: str, shown: str):
    assert drawn(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("&amp; &lt; &gt;", "&amp; &lt; &gt;"),
        ("&amp;lt;b&amp;gt;", "&amp;lt;b&amp;gt;"),
        ("&quot; &heart;", "&amp;quot; &amp;heart;"),
        ("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
        ("a\x00b", "a\ufffdb"),
    ],
)
def test_the_three_escaped_characters_are_read_once(text: str, shown: str):
    assert drawn(text) == shown


def test_plain_text_means_nothing_but_lines_and_emoji():
    text = "*a* <@U0ANA>\n&amp; :tada:"
    assert plain_to_html(text, emoji=True) == "*a* &lt;@U0ANA&gt;<br>&amp;amp; 🎉"
    assert plain_to_html(text, emoji=False) == "*a* &lt;@U0ANA&gt;<br>&amp;amp; :tada:"


@pytest.mark.usefixtures("in_california")
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"<!date^{POSTED}^Posted {{date_num}} {{time_secs}}|x>", "Posted 2014-02-18 6:39:42 AM"),
        (f"<!date^{POSTED}^{{date}} at {{time}}|x>", "February 18th, 2014 at 6:39 AM"),
        (f"<!date^{POSTED}^{{date_short}}^https://example.com/|x>", link("https://example.com/", "Feb 18, 2014")),
        (f"<!date^{POSTED}^{{date_long}}^javascript:x|x>", "Tuesday, February 18th, 2014"),
        (f"<!date^{POSTED}^<&lt;{{date_num_pretty}}|x>", f"&lt;!date^{POSTED}^&lt;&lt;{{date_num_pretty}}|x&gt;"),
        ("<!date^soon^{date}|*then*>", "*then*"),
        ("<!date^99999999999999^{date}|then>", "then"),
        ("<!date^soon^{date}>", "&lt;!date^soon^{date}&gt;"),
    ],
)
def test_a_date_is_written_as_told_in_the_local_time_zone(text: str, shown: str):
    assert drawn(text) == shown


NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "template", "written"),
    [
        (timedelta(), "{date_short_pretty} at {time}", "Today at 12:00 PM"),
        (timedelta(), "due {date_short_pretty}", "due today"),
        (timedelta(days=-1), "{date_pretty}", "Yesterday"),
        (timedelta(days=1), "on {date_long_pretty}", "on tomorrow"),
        (timedelta(days=2), "{date_short_pretty}", "Nov 30"),
        (timedelta(days=3), "{date_long_pretty}", "Tuesday, December 1st"),
        (timedelta(days=4), "{date}", "December 2nd"),
        (timedelta(days=-200), "{date_pretty}", "May 12th, 2026"),
        (timedelta(hours=-12), "{time} {time_secs}", "12:00 AM 12:00:00 AM"),
        (timedelta(seconds=-20), "{ago}", "less than a minute ago"),
        (timedelta(minutes=-1), "{ago}", "1 minute ago"),
        (timedelta(hours=-4), "{ago}", "4 hours ago"),
        (timedelta(days=-2), "{ago}", "2 days ago"),
        (timedelta(days=70), "{ago}", "in 2 months"),
        (timedelta(), "{unheard} {of}", "{unheard} {of}"),
    ],
)
def test_dates_near_now_are_written_as_people_say_them(
    at: timedelta, template: str, written: str, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "UTC")
        time.tzset()
        assert moment_to_text(int((NOON + at).timestamp()), template, now=NOON) == written
    time.tzset()


def test_without_a_clock_today_is_today():
    assert moment_to_text(int(time.time()), "{ago}") == "less than a minute ago"


def test_a_moment_no_calendar_holds_is_refused():
    with pytest.raises(ValueError):
        moment_to_text(10**14, "{date}")


class Reading(HTMLParser):
    """Reads what a browser would, and refuses everything but the tags and attributes a text may be made of."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        assert tag in TAGS
        assert {name for name, _ in attrs} == ATTRIBUTES.get(tag, set())
        for name, value in attrs:
            assert name != "href" or value.lower().startswith(("http://", "https://", "mailto:", "tel:"))
            assert name != "class" or value == "mention"
        assert "a" not in self.open
        assert not {"code", "pre"} & set(self.open)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_comment(self, data):
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def read(html: str) -> None:
    reading = Reading()
    reading.feed(html)
    reading.close()
    assert reading.open == []


BITS = [
    *"*_~`<>|\n ^@#!&;:()\"'",
    "```",
    ">>>",
    "&gt;",
    "&lt;",
    "&amp;",
    "<@U0ANA>",
    "<#C",
    "<!here>",
    "<!date^1^{ago}",
    "https://a.example",
    "<https://a.example|",
    "<mailto:",
    "javascript:alert(1)",
    "<javascript:x|y>",
    ":tada:",
    "<b>",
    "<script>",
    "\x00",
    "word",
    "ß1",
    "<!--",
]
WRITING = st.lists(st.sampled_from(BITS) | st.text(max_size=4), max_size=40).map("".join)


@given(WRITING)
@example("<https://a.example/`|`x`> `<https://a.example|`>")
@example("*" * 300 + "_*~a" * 300)
def test_whatever_is_written_the_page_is_safe(text: str):
    for switch in (True, False):
        read(drawn(text, verbatim=switch))
        read(str(plain_to_html(text, emoji=switch)))


@given(st.text(alphabet=st.characters(exclude_characters="*_~`<>&:\x00\r\n/"), max_size=60))
def test_text_without_signs_is_shown_to_the_letter(text: str):
    class Words(HTMLParser):
        def handle_data(self, data):
            seen.append(data)

    seen: list[str] = []
    reading = Words()
    reading.feed(drawn(text))
    reading.close()
    assert "".join(seen) == text
