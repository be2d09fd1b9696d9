"""What somebody has to answer for is found in a text, in both languages drafts are written in, and nothing else is."""

import pytest

from hub.claims import claims


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("See https://status.example.com/x?y=1 for more.", ("a link (https://status.example.com/x?y=1)",)),
        ("Log in at www.bank.test now", ("a link (www.bank.test)",)),
        ("Go to evil-shop.com and pay", ("a link (evil-shop.com)",)),
        ("We credit you $20.50.", ("a sum ($20.50.)",)),
        ("Le abonamos 20 € mañana", ("a sum (20 €)",)),
        ("You get 15% off", ("a sum (15%)",)),
        ("It costs 30 euros", ("a sum (30 euros)",)),
        ("You will be refunded", ("a promise (refunded)",)),
        ("Le garantizamos la devolución", ("a promise (garantizamos)",)),
        ("Get a Refund of €5 at https://x.test", ("a link (https://x.test)", "a sum (€5)", "a promise (Refund)")),
        ("https://" + "a" * 300, (f"a link (https://{'a' * 52})",)),
    ],
)
def test_it_is_found_with_its_words(text: str, found: tuple[str, ...]):
    assert claims(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "**What happened:**\nThe app closed itself on iOS 17.4.\n\n**How we fixed it:**\nVersion 2.10.3 is out.",
        "We corrected the payment step and tried it out on 3 phones.",
        "La app se cerraba al pulsar Pagar. No se ha cobrado nada. Actualice la app una vez.",
        "e.g. the list, i.e. tickets 4 and 5",
    ],
)
def test_ordinary_words_are_let_be(text: str):
    assert claims(text) == ()
