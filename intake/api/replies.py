"""The shapes of what the API takes and answers, which both check requests and make the OpenAPI document."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from platforms import CHANNELS
from storage.enums import Priority
from storage.paging import MOST, Page

Shape = TypeVar("Shape")
Row = TypeVar("Row")
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
EMAIL = r"^[^@\s]+@[^@\s]+$"
WRITTEN = r"\S"
"""Something is written there, not only blanks."""
Restored = Annotated[
    datetime | None,
    Field(
        description="When the database was restored from a backup, where the report is older: its reporter may have "
        "been told by an answer that is not known here, so look into the conversation first."
    ),
]


class Asked(BaseModel):
    """A query or a body; an unknown field is refused, so that a misspelt one is not silently ignored."""

    model_config = ConfigDict(
        extra="forbid", str_strip_whitespace=True, validate_by_name=True, validate_by_alias=True
    )


class Answer(BaseModel):
    """What is shown of a row: these fields and no others."""

    model_config = ConfigDict(from_attributes=True, validate_by_name=True, validate_by_alias=True)


class Reply(BaseModel):
    """The body of an answer; its class says the status."""

    status: ClassVar[int] = 200


class Data(Reply, Generic[Shape]):
    """Done."""

    data: Shape


class Created(Data[Shape]):
    """Made."""

    status: ClassVar[int] = 201


class Accepted(Data[Shape]):
    """Promised; it is done a little later."""

    status: ClassVar[int] = 202


class PageFacts(Answer):
    next_cursor: str | None = Field(description="Give it as `cursor` for the page that follows; null on the last.")
    size: int


class Listed(Reply, Generic[Shape]):
    """A page of a list."""

    data: list[Shape]
    page: PageFacts


class Paged(Asked):
    limit: int = Field(50, ge=1, le=MOST, description="How many a page has at most.")
    cursor: str | None = Field(None, max_length=500, description="The `next_cursor` of the page before.")


class Refused(Answer):
    code: str = Field(description="A word a program can rely on.")
    message: str = Field(description="A sentence for people: what is wrong and what to do.")
    details: dict[str, Any] = Field(description="The field or the ids concerned.")


class Refusal(BaseModel):
    """Every error, on every endpoint."""

    error: Refused


def _no_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("true and false are no number")  # noqa: TRY004 - what pydantic turns into a refusal
    return value


def _whole(value: Any) -> Any:
    """JSON knows one kind of number: 3.0 is 3."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _countable(moment: datetime) -> datetime:
    """Before or after any delivery there is: the same as the first or last moment that can be counted with."""
    return min(max(moment, FIRST), LAST)


Moment = Annotated[AwareDatetime, AfterValidator(_countable)]
Version = Annotated[int, Field(ge=0, le=2**31 - 1), BeforeValidator(_whole)]
Whole = Annotated[int, BeforeValidator(_whole)]


def _a_channel(name: str) -> str:
    if name not in CHANNELS:
        raise ValueError(f"there are {', '.join(CHANNELS)}")
    return name


ChannelName = Annotated[str, AfterValidator(_a_channel), WithJsonSchema({"type": "string", "enum": list(CHANNELS)})]
Tag = Annotated[str, Field(max_length=50)]
Urgency = Annotated[Priority, BeforeValidator(_no_boolean), Field(description="0 critical to 5 minimal.")]


def listed(page: Page[Row], show: Callable[[Row], Shape]) -> Listed[Shape]:
    return Listed(
        data=[show(row) for row in page.rows], page=PageFacts(next_cursor=page.next_cursor, size=len(page.rows))
    )


def all_of(rows: Iterable[Row], show: Callable[[Row], Shape]) -> list[Shape]:
    return [show(row) for row in rows]
