"""Columns sealed at rest, and the blind index by which one finds them.

An engine knows its keys (`give_keys`); whoever reads or writes such a column through it need not think of them.
"""

from typing import Any, ClassVar

from sqlalchemy import ColumnElement, Dialect, LargeBinary, Text, any_, bindparam
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.operators import OperatorType, is_, is_not
from sqlalchemy.types import TypeDecorator

from storage.keyring import Keyring


class Sealed(TypeDecorator[Any]):
    """It cannot be compared in SQL: `known_by` finds it. `column` is `table.column`."""

    seal: ClassVar[Any]
    open: ClassVar[Any]

    class Comparator(TypeDecorator.Comparator[Any]):
        def operate(self, op: OperatorType, *other: Any, **how: Any) -> ColumnElement[Any]:
            if op not in (is_, is_not):
                raise TypeError("A sealed column cannot be compared; storage.sealed.known_by finds it.")
            return super().operate(op, *other, **how)

    comparator_factory = Comparator

    def __init__(self, column: str) -> None:
        super().__init__()
        self.column = column

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else self.seal(keyring_of(dialect), value, self.column)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else self.open(keyring_of(dialect), value, self.column)


class SealedText(Sealed):
    impl = Text
    cache_ok = True
    seal, open = staticmethod(Keyring.seal_text), staticmethod(Keyring.open_text)


class SealedBody(Sealed):
    impl = LargeBinary
    cache_ok = True
    seal, open = staticmethod(Keyring.seal_body), staticmethod(Keyring.open_body)


class SealedObject(Sealed):
    """A JSON object; a JSON string where it is sealed."""

    impl = JSONB
    cache_ok = True
    seal, open = staticmethod(Keyring.seal_object), staticmethod(Keyring.open_object)


class SealedContacts(Sealed):
    """A JSON object of which what people are reached by is sealed."""

    impl = JSONB
    cache_ok = True
    seal, open = staticmethod(Keyring.seal_contacts), staticmethod(Keyring.open_contacts)


class BlindIndex(TypeDecorator[Any]):
    """The digest of a sealed column; what is written into it is the text itself."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else keyring_of(dialect).digest(value)


class _Digests(TypeDecorator[Any]):
    """Every digest a text may have been stored with."""

    impl = ARRAY(LargeBinary)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> list[bytes]:
        return [] if value is None else keyring_of(dialect).digests(value)


def known_by(index: InstrumentedAttribute[Any], text: str) -> ColumnElement[bool]:
    """Rows whose sealed column is `text`; `index` is its BlindIndex."""
    return index == any_(bindparam(None, text, type_=_Digests(), unique=True))


def give_keys(dialect: Dialect, keys: Keyring) -> None:
    """Every session of an engine with this dialect seals and opens with `keys`."""
    vars(dialect)["hub_keyring"] = keys


def keyring_of(dialect: Dialect) -> Keyring:
    found: Keyring = vars(dialect)["hub_keyring"]
    return found
