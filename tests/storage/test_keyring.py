"""What is sealed opens with its key, in its column, unchanged; and with nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.keyring import BODY_MARK, TEXT_MARK, Keyring, MissingKey, Tampered

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
COLUMN = "reporters.email"


@given(st.text(), st.binary(max_size=2000))
def test_what_is_sealed_opens_again(text: str, body: bytes):
    keys = Keyring([NEW, OLD])
    text = text.encode("utf-8", "ignore").decode()
    assert keys.open_text(keys.seal_text(text, COLUMN), COLUMN) == text
    assert keys.open_body(keys.seal_body(body, COLUMN), COLUMN) == body
    assert keys.open_object(keys.seal_object({"said": text}, COLUMN), COLUMN) == {"said": text}


def test_the_same_value_never_looks_the_same():
    keys = Keyring([NEW])
    assert len({keys.seal_text("rita@example.com", COLUMN) for _ in range(50)}) == 50


def test_without_keys_everything_is_as_it_was():
    keys = Keyring()
    assert keys.seal_text("rita@example.com", COLUMN) == "rita@example.com"
    assert keys.seal_body(b"{}", COLUMN) == b"{}"
    assert keys.seal_object({"a": 1}, COLUMN) == {"a": 1}
    assert keys.seal_contacts({"phone": "1", "handle": "r"}, COLUMN) == {"phone": "1", "handle": "r"}


def test_what_was_written_before_there_were_keys_is_read():
    keys = Keyring([NEW])
    assert keys.open_text("rita@example.com", COLUMN) == "rita@example.com"
    assert keys.open_body(b"{}", COLUMN) == b"{}"
    assert keys.open_object({"a": 1}, COLUMN) == {"a": 1}
    assert keys.open_contacts({"phone": "1"}, COLUMN) == {"phone": "1"}


def test_an_old_key_opens_and_the_new_one_seals():
    sealed = Keyring([OLD]).seal_text("rita@example.com", COLUMN)
    both = Keyring([NEW, OLD])
    assert both.open_text(sealed, COLUMN) == "rita@example.com"
    assert Keyring([NEW]).open_text(both.seal_text("rita@example.com", COLUMN), COLUMN) == "rita@example.com"


def test_a_key_that_is_gone_is_named():
    sealed = Keyring([OLD]).seal_text("rita@example.com", COLUMN)
    with pytest.raises(MissingKey, match=f"sealed with the key {Keyring([OLD]).ids[0]}"):
        Keyring([NEW]).open_text(sealed, COLUMN)


def test_a_value_moved_to_another_column_does_not_open():
    keys = Keyring([NEW])
    with pytest.raises(Tampered, match=r"A value of agents\.email"):
        keys.open_text(keys.seal_text("rita@example.com", COLUMN), "agents.email")


@pytest.mark.parametrize("place", [20, 40, -1])
def test_a_value_that_was_changed_does_not_open(place: int):
    keys = Keyring([NEW])
    sealed = bytearray(keys.seal_body(b"a delivery of some length", COLUMN))
    sealed[place] ^= 1
    with pytest.raises(Tampered):
        keys.open_body(bytes(sealed), COLUMN)


def test_only_what_people_are_reached_by_is_sealed_of_an_account():
    sealed = Keyring([NEW]).seal_contacts({"phone": "34600", "email": "r@x.test", "handle": "rr"}, COLUMN)
    assert sealed["handle"] == "rr"
    assert sealed["phone"].startswith(TEXT_MARK)
    assert sealed["email"].startswith(TEXT_MARK)


def test_digests_say_nothing_without_the_key_and_find_under_every_key():
    plain, old, both = Keyring(), Keyring([OLD]), Keyring([NEW, OLD])
    assert len({plain.digest("a"), old.digest("a"), both.digest("a")}) == 3
    assert {plain.digest("a"), old.digest("a"), both.digest("a")} == set(both.digests("a"))
    assert both.digest("a") != both.digest("b")


def test_a_body_is_marked_by_what_no_platform_sends():
    assert BODY_MARK[0] == 0


@given(st.integers(1, 4), st.text(max_size=20))
def test_a_stranger_cannot_have_something_stored_that_looks_sealed(times: int, text: str):
    text = text.encode("utf-8", "ignore").decode()
    stored = Keyring().seal_text(TEXT_MARK * times + text, COLUMN)
    assert not stored.startswith(TEXT_MARK)
    assert Keyring([NEW]).open_text(stored, COLUMN) == stored
