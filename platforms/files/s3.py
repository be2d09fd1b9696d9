"""Attachments in a bucket of S3, or of anything else that speaks its protocol."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from pydantic import SecretStr

from platforms import calls
from platforms.errors import Refused, Unreachable
from platforms.files import naming
from platforms.lazily import lazily

if TYPE_CHECKING:
    import obstore
    from obstore.store import ClientConfig, S3Config, S3Store
else:
    obstore = lazily("obstore")  # every process has these files, workers alone touch them

PLATFORM = "s3"
SCHEME = "s3://"
CONNECT_SECONDS = 3.0
INERT = {"Content-Type": "application/octet-stream", "Content-Disposition": "attachment"}
"""Whoever is given an object to look at in a browser downloads it: nothing somebody sent is run or shown there."""
NOTHING = "looked-for"
"""What no object's name begins with."""

KEYS = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
SENTENCES = {
    r"<Code>NoSuchBucket<|^FileNotFoundError": "There is no bucket {bucket}: check S3_BUCKET and S3_ENDPOINT_URL.",
    r"//169\.254\.|/latest/(api|meta-data)/": "There are no credentials: set {keys}, or give the process a role.",
    r"status code: 40[13]": "The bucket {bucket} does not let us in: check {keys}, or what our role may do.",
    r"redirect without|AuthorizationHeaderMalformed": "The bucket {bucket} is in another region: check AWS_REGION.",
}
"""What to say where the class and the words of an error have this in them: obstore has no class for most."""
OTHERWISE = "The bucket {bucket} could not be reached, or failed ({code}). Should that last: check S3_ENDPOINT_URL."


class S3Settings(Protocol):
    """What of the settings concerns us."""

    @property
    def s3_bucket(self) -> str: ...
    @property
    def s3_endpoint_url(self) -> str: ...
    @property
    def aws_region(self) -> str: ...
    @property
    def aws_access_key_id(self) -> SecretStr: ...
    @property
    def aws_secret_access_key(self) -> SecretStr: ...
    @property
    def request_seconds(self) -> float: ...


class S3Files:
    """Objects of one bucket. A storage URL is `s3://bucket/` and a name we made; any other name is FileNotFoundError.

    Of another bucket it is Refused: what cannot be reached must not be taken for gone. Unreachable when the bucket
    is away or does not let us in, whatever the reason: an operator can mend each, so the work is worth another try.
    """

    def __init__(self, settings: S3Settings) -> None:
        self._settings = settings

    @property
    def is_on(self) -> bool:
        return bool(self._settings.s3_bucket)

    def place(self, hint: str) -> str:
        return self.url(naming.invent(hint))

    def url(self, name: str) -> str:
        return f"{SCHEME}{self._settings.s3_bucket}/{name}"

    async def save(self, storage_url: str, content: bytes) -> None:
        """In one request: what is left of several that were broken off would be kept where nobody sees it."""
        name = self._name(storage_url)
        with self._asked():
            await self._store.put_async(name, content, attributes=INERT, use_multipart=False)

    async def read(self, storage_url: str) -> bytes:
        name = self._name(storage_url)
        with self._asked():
            answer = await self._store.get_async(name)
            return bytes(await answer.bytes_async())

    async def delete(self, storage_url: str) -> None:
        """Deleting what is gone already is fine: erasing may be repeated."""
        with suppress(FileNotFoundError):
            name = self._name(storage_url)
            with self._asked():
                await self._store.delete_async(name)

    async def check(self) -> None:
        """Ask for a list of nothing, which shows that the bucket is there and knows us."""
        with self._asked():
            await self._store.list_with_delimiter_async(NOTHING)

    @cached_property
    def _store(self) -> "S3Store":
        """What the settings do not give is taken from the environment, as every program on AWS does it."""
        given = self._settings
        config: S3Config = {"region": given.aws_region, "disable_bulk_delete": True}
        if given.s3_endpoint_url:
            config["aws_endpoint_url_s3"] = given.s3_endpoint_url
        if given.aws_access_key_id.get_secret_value():
            config["access_key_id"] = given.aws_access_key_id.get_secret_value()
            config["secret_access_key"] = given.aws_secret_access_key.get_secret_value()
        options: ClientConfig = {
            "allow_http": given.s3_endpoint_url.startswith("http://"),
            "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
            "timeout": timedelta(seconds=given.request_seconds),
            "user_agent": "feedback-hub",
        }
        return obstore.store.S3Store(
            given.s3_bucket, config=config, client_options=options, retry_config={"max_retries": 0}
        )

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """A request, its failures in our words; FileNotFoundError where the bucket is there and the object is not."""
        with calls.counted(PLATFORM):
            try:
                yield
            except Exception as error:  # not every one is obstore's own: it panics at an address that is none
                if "<Code>NoSuchKey<" in str(error):
                    raise FileNotFoundError("There is no such object.") from error
                raise self._trouble(f"{type(error).__name__} {error}") from error

    def _trouble(self, said: str) -> Unreachable:
        found = re.search(r"<Code>(\w{3,40})<", said)
        code = found[1] if found else said.partition(" ")[0]
        sentence = next((sentence for sign, sentence in SENTENCES.items() if re.search(sign, said)), OTHERWISE)
        told = sentence.format(bucket=self._settings.s3_bucket, keys=KEYS, code=code)
        return Unreachable(told, platform=PLATFORM, code=code)

    def _name(self, storage_url: str) -> str:
        bucket, _, name = storage_url.removeprefix(SCHEME).partition("/")
        if not storage_url.startswith(SCHEME) or not naming.NAME.fullmatch(name):
            raise FileNotFoundError(f"{storage_url[:80]!r} is not a file kept here.")
        if bucket != self._settings.s3_bucket:
            raise Refused(
                f"The file is in the bucket {bucket}, and S3_BUCKET names {self._settings.s3_bucket or 'none'}.",
                platform=PLATFORM,
                code="another_bucket",
            )
        return name
