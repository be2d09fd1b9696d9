"""Type, priority and language from people's words."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.classification import infer_language, infer_priority, infer_type


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Export to CSV fails with error 500", "bug"),
        ("The app crashes when I open the invoice", "bug"),
        ("I can't log in, how do I reset it?", "bug"),
        ("Hay un error al guardar la factura", "bug"),
        ("La aplicación no funciona desde ayer", "bug"),
        ("La opción de exportar no funciona", "bug"),
        ("The new feature is broken", "bug"),
        ("Se cuelga al abrir el informe", "bug"),
        ("Can you add dark mode?", "feature_request"),
        ("It would be great to have an option to export to PDF", "feature_request"),
        ("Feature request: bulk edit", "feature_request"),
        ("Me gustaría poder exportar a PDF", "feature_request"),
        ("Sugerencia: modo oscuro", "feature_request"),
        ("¿Podrían añadir una opción para imprimir?", "feature_request"),
        ("How do I export my data?", "question"),
        ("Where can I find the invoices?", "question"),
        ("¿Cómo puedo cambiar mi correo?", "question"),
        ("¿Cuánto cuesta el plan anual?", "question"),
        ("Is there a way to see old reports?", "question"),
        ("The site is down for all users", "incident"),
        ("Outage: nobody can log in since 9:00", "incident"),
        ("Se cayó el servicio, nadie puede entrar", "incident"),
        ("Posible fuga de datos en producción", "incident"),
        ("This is not a bug, just a question", "question"),
        ("Anything new?", "question"),
        ("Invoices", "bug"),
    ],
)
def test_words_tell_the_type(text: str, kind: str) -> None:
    assert infer_type(text, "") == kind
    assert infer_type("", text) == kind


def test_title_weighs_more_than_text() -> None:
    assert infer_type("How do I export my data? How long does it take?", "I saw an error") == "question"


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        ("CRITICAL: data loss", 0),
        ("Production is down", 0),
        ("Se cayó todo, nadie puede entrar", 0),
        ("URGENT please", 1),
        ("We need this ASAP", 1),
        ("No puedo iniciar sesión", 1),
        ("Es urgente", 1),
        ("Export fails", 2),
        ("No funciona el botón", 2),
        ("Hello, a word about the invoice", 3),
        ("Buenos días", 3),
        ("A minor typo on the page", 4),
        ("It's not urgent, but the export fails", 4),
        ("No es urgente, cuando puedan", 4),
        ("Just a suggestion", 5),
        ("Trivial: the colour", 5),
        ("Nothing is broken and no errors", 3),
    ],
)
def test_words_tell_the_priority(text: str, priority: int) -> None:
    assert infer_priority(text, "") == priority
    assert infer_priority("", text) == priority


def test_urgent_word_wins_over_a_small_one() -> None:
    assert infer_priority("Minor question", "but it is urgent") == 1


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("¡NO PUEDO INICIAR SESIÓN!", "no puedo iniciar sesion"),
        ("It doesn\u2019t work", "it doesn't work"),
        ("se cayo\u0301", "se cayó"),
    ],
)
def test_case_accents_and_typographic_signs_make_no_difference(text: str, folded: str) -> None:
    assert infer_type(text, "") == infer_type(folded, "")
    assert infer_priority(text, "") == infer_priority(folded, "")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The export is broken since Monday", "en"),
        ("No puedo entrar en la aplicación", "es"),
        ("¿Factura?", "es"),
        ("", None),
        ("500", None),
        ("Bonjour", None),
    ],
)
def test_common_words_tell_the_language(text: str, language: str | None) -> None:
    assert infer_language(text) == language


@given(st.text(), st.text())
def test_every_text_has_a_type_and_a_priority(title: str, text: str) -> None:
    assert infer_type(title, text) in {"bug", "feature_request", "question", "incident"}
    assert infer_priority(title, text) in range(6)
    assert infer_language(text) in {"en", "es", None}


@pytest.mark.parametrize("piece", ["no ", "not ", "can't ", "a", "error ", "é", "'", "would be ", "\n"])
def test_long_text_hangs_nothing(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    started = time.process_time()
    infer_type(text, text)
    infer_priority(text, text)
    infer_language(text)
    assert time.process_time() - started < 10
