"""The tab of a ticket's window that shows who reported it, and what else they did."""

from collections.abc import Iterator, Sequence

from blocks import badges, kit, search
from blocks.kit import Json
from hub.detailing import Account, Person
from hub.merging import Merged

MERGE = "reporter.merge"
PART = "reporter.part"
EXPORT = "reporter.export"
ERASE = "reporter.erase"

_WORDS = 200


def tab(shown: Person | None) -> Iterator[Json]:
    if shown is None:
        yield kit.sentence("Nobody is named on this ticket.")
        return
    yield kit.rich(kit.line(*_facts(shown)))
    if shown.accounts:
        lines = [kit.line(*_account(account)) for account in shown.accounts]
        yield kit.rich(kit.line(kit.words("Accounts", bold=True)), kit.listed(lines))
    yield from (_merged(each) for each in shown.merged)
    yield kit.actions(
        kit.button(
            "Merge with somebody…",
            MERGE,
            str(shown.id),
            accessibility_label="Merge this reporter with another person who is the same",
        ),
        kit.button(
            "Export…",
            EXPORT,
            str(shown.id),
            accessibility_label="Export everything that is kept of this person",
        ),
        _erase(shown),
    )
    yield kit.divider()
    yield kit.rich(kit.line(kit.words("Their other tickets", bold=True)))
    if shown.others:
        yield from search.rows(shown.others)
    else:
        yield kit.sentence("There are no others.")


def _erase(shown: Person) -> Json:
    asked = kit.confirmation(
        "Erase this person?",
        f"{kit.cut(shown.name or 'This person', _WORDS)}, their accounts, words, files and raw messages go "
        "everywhere, for good. Tickets stay with their number and history. It cannot be undone.",
        confirm="Erase",
        style="danger",
    )
    label = "Erase this person and everything they said"
    return kit.button("Erase…", ERASE, str(shown.id), style="danger", confirm=asked, accessibility_label=label)


def _facts(shown: Person) -> Sequence[Json]:
    elements = []
    for label, value in (
        ("Name", shown.name or "not known"),
        ("Company", shown.company),
        ("Role", shown.role),
        ("E-mail", shown.email),
    ):
        if value:
            elements += [kit.words(f"{label}: ", bold=True), kit.words(f"{kit.cut(value, _WORDS)}\n")]
    return elements


def _account(account: Account) -> Sequence[Json]:
    name = f"{kit.cut(account.name, _WORDS)}, " if account.name else ""
    elements = [
        kit.words(f"{badges.channel(account.platform)}: ", limit=kit.LABEL),
        kit.words(f"{name}{kit.cut(account.account, _WORDS)}"),
    ]
    if account.last_heard_at:
        elements += [kit.words(", last wrote "), kit.moment(account.last_heard_at)]
    return elements


def _merged(each: Merged) -> Json:
    name = kit.cut(each.name, _WORDS)
    how = "an agent merged them" if each.by_hand else "the e-mail is the same"
    asked = kit.confirmation(
        "Two people after all?",
        f"{name} is a person of their own again, with their accounts and the tickets that came from these.",
        confirm="Undo the merge",
    )
    undo = kit.button(
        "Undo merge", PART, str(each.id), confirm=asked, accessibility_label=f"Undo the merge with {name}"
    )
    return kit.sentence(f"🔗 {name} is the same person: {how} ({kit.time_of(each.at)}).", accessory=undo)
