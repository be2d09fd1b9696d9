"""The tab of a ticket's window that shows who reported it, and what else they did."""

from collections.abc import Iterator, Sequence

from blocks import badges, kit, search
from blocks.kit import Json
from hub.detailing import Account, Person

_WORDS = 200


def tab(shown: Person) -> Iterator[Json]:
    if not (shown.accounts or shown.name or shown.email):
        yield kit.sentence("Nobody is named on this ticket.")
        return
    yield kit.rich(kit.line(*_facts(shown)))
    if shown.accounts:
        lines = [kit.line(*_account(account)) for account in shown.accounts]
        yield kit.rich(kit.line(kit.words("Accounts", bold=True)), kit.listed(lines))
    yield kit.divider()
    yield kit.rich(kit.line(kit.words("Their other tickets", bold=True)))
    if shown.others:
        yield from search.rows(shown.others)
    else:
        yield kit.sentence("There are no others.")


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
