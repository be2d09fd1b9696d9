"""How calls fail decides whether they may be repeated; downloads go only where they may."""

import asyncio
import gzip
import time

import pytest
from aiohttp import web

from platforms.errors import PlatformError, Refused, Unreachable, Unsure
from platforms.http import Answer, Http, is_public


async def anywhere(_host, _port):
    return ["93.184.216.34"]


def answer(status=200, body=b"{}", *, sends=False, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=named, body=body, platform="notion", sends=sends)


async def read_request(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    length = next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if b"content-length" in line), 0)
    await reader.readexactly(length)


async def test_statuses_are_not_judged(http, outside):
    outside.says(418, {"a": 1}, X_Kind="teapot")
    got = await http.call("POST", f"{outside.url}/x", platform="notion", json={"é": 1}, params={"q": "1 2"})
    assert (got.status, got.json(), got.headers["x-kind"]) == (418, {"a": 1}, "teapot")
    method, path, body, headers = outside.asked[0]
    assert (method, path, body) == ("POST", "/x?q=1+2", {"é": 1})
    assert headers["User-Agent"] == "feedback-hub"


async def test_forms_can_be_sent(http, outside):
    outside.says(200)
    await http.call("POST", outside.url, platform="slack", data={"a": "b c"})
    assert outside.asked[0][2] == b"a=b+c"


async def test_redirects_are_not_followed(http, outside):
    outside.says(302, "", Location="/elsewhere")
    assert (await http.call("GET", outside.url, platform="slack")).status == 302
    assert len(outside.asked) == 1


@pytest.mark.parametrize("sends", [True, False])
async def test_refused_connection_means_nothing_was_delivered(http, unused_tcp_port, sends):
    with pytest.raises(Unreachable) as error:
        await http.call("POST", f"http://127.0.0.1:{unused_tcp_port}", platform="whatsapp", sends=sends)
    assert error.value.message.startswith("WhatsApp could not be reached (ConnectError): check the network")


@pytest.mark.parametrize("url", ["http://nowhere.invalid/x", "ftp://127.0.0.1/", "http://", "no url"])
async def test_unknown_host_or_nonsense_means_nothing_was_delivered(http, url):
    with pytest.raises(Unreachable):
        await http.call("POST", url, platform="slack", sends=True, json={})


async def test_failed_tls_means_nothing_was_delivered(http, outside):
    with pytest.raises(Unreachable):
        await http.call("POST", outside.url.replace("http:", "https:"), platform="slack", sends=True)


@pytest.mark.parametrize(("sends", "kind"), [(True, Unsure), (False, Unreachable)])
async def test_silence_after_the_request_left_is_unsure_for_a_send(http, outside, sends, kind):
    async def hang(_):
        await asyncio.sleep(30)
        return web.Response()

    outside.does(hang)
    started = time.perf_counter()
    with pytest.raises(kind):
        await http.call("POST", outside.url, platform="slack", sends=sends, json={}, seconds=1)
    assert time.perf_counter() - started < 15, "it did not wait for the answer"


@pytest.mark.parametrize(("sends", "kind"), [(True, Unsure), (False, Unreachable)])
async def test_drip_cannot_outlive_the_whole_deadline(http, raw_server, sends, kind):
    async def drip(reader, writer):
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(600):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    started = time.perf_counter()
    with pytest.raises(kind):
        await http.call("POST", await raw_server(drip), platform="slack", sends=sends, seconds=1)
    assert time.perf_counter() - started < 15, "it did not wait for the last drop"


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", b"what?\r\n\r\n"])
@pytest.mark.parametrize(("sends", "kind"), [(True, Unsure), (False, Unreachable)])
async def test_broken_answer_is_unsure_for_a_send(http, raw_server, said, sends, kind):
    async def talk(reader, writer):
        await read_request(reader)
        writer.write(said)
        writer.close()

    with pytest.raises(kind):
        await http.call("POST", await raw_server(talk), platform="slack", sends=sends, json={"a": 1})


async def test_reset_after_the_request_left_is_unsure_for_a_send(http, raw_server):
    async def reset(reader, writer):
        await read_request(reader)
        writer.transport.abort()

    with pytest.raises(Unsure):
        await http.call("POST", await raw_server(reset), platform="slack", sends=True, json={"a": 1})


async def test_handshake_that_never_comes_means_nothing_was_delivered(raw_server):
    async def silent(_reader, _writer):
        await asyncio.sleep(2)

    http = Http(seconds=0.2, connect_seconds=5, trust_env=False)
    url = (await raw_server(silent)).replace("http:", "https:")
    with pytest.raises(Unreachable):
        await http.call("POST", url, platform="slack", sends=True)
    await http.aclose()


@pytest.mark.parametrize("body", [b"<html>", b"", b"\xff", b"[" * 100_000, b"1" * 5000 + b"x"])
async def test_broken_json_is_unsure_for_a_send(body):
    with pytest.raises(Unsure):
        answer(body=body, sends=True).json()
    with pytest.raises(Unreachable):
        answer(body=body).json()
    assert answer(body=body).peek() == {}


def test_only_an_object_can_be_peeked_at():
    assert answer(body=b'{"a":1}').peek() == {"a": 1}
    assert answer(body=b"[1]").peek() == {}


@pytest.mark.parametrize(("sends", "kind"), [(True, Unsure), (False, Unreachable)])
async def test_answer_beyond_the_limit_is_not_read(http, outside, sends, kind):
    outside.says(200, b"x" * 2000)
    with pytest.raises(kind):
        await http.call("GET", outside.url, platform="slack", sends=sends, limit=1000)


async def test_compressed_answer_counts_unpacked(http, outside):
    outside.says(200, gzip.compress(b"x" * 10**6), Content_Encoding="gzip")
    with pytest.raises(Unreachable):
        await http.call("GET", outside.url, platform="slack", limit=10**5)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("7", 7), ("0", 0), ("1.5", 1.5), ("", None), ("soon", None), ("-5", None), ("nan", None), ("9" * 20, None)],
)
def test_retry_after_is_read_in_seconds(said, seconds):
    assert answer(retry_after=said).retry_after == seconds


def test_retry_after_is_read_as_a_date():
    assert answer(retry_after="Wed, 21 Oct 2015 07:28:00 GMT").retry_after == 0
    assert answer(retry_after="Wed, 21 Oct 2099 07:28:00 GMT").retry_after > 10**6
    assert answer(retry_after="Wed, 21 Oct 2099 07:28:00").retry_after is None


@pytest.mark.parametrize(
    ("status", "headers", "word"),
    [
        (200, {}, "ok"),
        (299, {}, "ok"),
        (429, {}, "throttled"),
        (503, {"retry_after": "3"}, "throttled"),
        (503, {}, "failure"),
        (500, {}, "failure"),
        (408, {}, "failure"),
        (404, {}, ""),
        (302, {}, ""),
    ],
)
def test_statuses_have_words(status, headers, word):
    got = answer(status, **headers)
    assert got.is_ok == (word == "ok")
    assert got.is_throttled == (word == "throttled")
    assert got.is_failure == (status >= 500 or status == 408)


async def test_cancelled_calls_do_not_spoil_the_pool(http, outside):
    async def slow(_):
        await asyncio.sleep(0.05)
        return web.json_response({})

    for _ in range(200):
        outside.does(slow)
    for _ in range(5):
        calls = [asyncio.create_task(http.call("GET", outside.url, platform="slack")) for _ in range(20)]
        await asyncio.sleep(0.02)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
    assert (await http.call("GET", outside.url, platform="slack")).status == 200


class TestDownload:
    async def fetch(self, http, url, **changes):
        wanted = {"platform": "slack", "limit": 100, "allowed": lambda _: True, **changes}
        return await http.download(url, **wanted)

    async def test_trusted_origin_is_taken_as_it_is(self, http, outside):
        outside.says(200, b"bytes")
        got = await self.fetch(http, f"{outside.url}/f", trusted=f"{outside.url}/api", headers={"Authorization": "b"})
        assert got == b"bytes"
        assert outside.asked[0][3]["Authorization"] == "b"

    @pytest.mark.parametrize("trusted", ["", "https://slack.com/api", "http://127.0.0.1:1"])
    async def test_loopback_is_refused_unless_trusted(self, http, outside, trusted):
        with pytest.raises(Refused):
            await self.fetch(http, f"{outside.url}/f", trusted=trusted)
        assert outside.asked == []

    async def test_host_that_is_not_allowed_is_refused(self, http, outside):
        with pytest.raises(Refused) as refusal:
            await self.fetch(http, f"{outside.url}/f", trusted=outside.url, allowed=lambda _: False)
        assert refusal.value.code == "foreign_host"

    @pytest.mark.parametrize(
        ("url", "code"),
        [
            ("https://localhost/f", "private_address"),
            ("https://127.0.0.1/f", "private_address"),
            ("https://2130706433/f", "private_address"),
            ("https://[::1]/f", "private_address"),
            ("https://[::ffff:127.0.0.1]/f", "private_address"),
            ("https://169.254.169.254/latest/meta-data", "private_address"),
            ("http://93.184.216.34/f", "not_https"),
            ("https://93.184.216.34:8443/f", "not_https"),
            ("file:///etc/passwd", "bad_url"),
            ("https://user:word@93.184.216.34/f", "bad_url"),
            ("no url", "bad_url"),
            ("", "bad_url"),
            ("https://[::1/f", "bad_url"),
        ],
    )
    async def test_wrong_address_is_refused(self, http, url, code):
        with pytest.raises(Refused) as refusal:
            await self.fetch(http, url)
        assert refusal.value.code == code

    async def test_one_private_address_among_public_ones_is_refused(self):
        async def both(_host, _port):
            return ["93.184.216.34", "10.0.0.7"]

        http = Http(resolve=both, trust_env=False)
        with pytest.raises(Refused):
            await self.fetch(http, "https://files.example/f")

    async def test_host_without_address_is_unreachable(self, http):
        with pytest.raises(Unreachable):
            await self.fetch(http, "https://nowhere.invalid/f")

        async def nothing(_host, _port):
            return []

        with pytest.raises(Unreachable):
            await self.fetch(Http(resolve=nothing, trust_env=False), "https://files.example/f")

    async def test_checked_address_is_the_one_connected_to(self, raw_server, monkeypatch):
        """Seen from a proxy, which is asked for the address and never for the name."""
        asked = []

        async def proxy(reader, writer):
            asked.append((await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0])
            writer.write(b"HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n")
            writer.close()

        for name in ("NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, await raw_server(proxy))

        async def two(_host, _port):
            return ["93.184.216.34", "93.184.216.35"]

        http = Http(resolve=two)
        with pytest.raises(Unreachable):
            await self.fetch(http, "https://files.example/f")
        await http.aclose()
        assert asked == [b"CONNECT 93.184.216.34:443 HTTP/1.1", b"CONNECT 93.184.216.35:443 HTTP/1.1"]

    async def test_too_large_is_refused_while_it_streams(self, http, outside):
        async def endless(request):
            response = web.StreamResponse()
            await response.prepare(request)
            for _ in range(10**6):
                await response.write(b"x" * 1000)
            return response

        outside.does(endless)
        with pytest.raises(Refused) as refusal:
            await self.fetch(http, outside.url, trusted=outside.url, limit=10**5)
        assert refusal.value.code == "too_large"

    @pytest.mark.parametrize(
        ("status", "kind"), [(302, Refused), (404, Refused), (403, Refused), (500, Unreachable), (429, Unreachable)]
    )
    async def test_other_answers_are_no_file(self, http, outside, status, kind):
        outside.says(status, b"page", Location="http://10.0.0.1/")
        with pytest.raises(kind) as error:
            await self.fetch(http, outside.url, trusted=outside.url)
        assert type(error.value) is kind
        assert isinstance(error.value, PlatformError)

    async def test_compressed_file_nobody_asked_for_is_refused(self, http, outside):
        outside.says(200, gzip.compress(b"x"), Content_Encoding="gzip")
        with pytest.raises(Refused):
            await self.fetch(http, outside.url, trusted=outside.url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1%eth0",
        "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1", "::ffff:10.0.0.1", "::ffff:93.184.216.34", "::7f00:1",
        "64:ff9b::7f00:1", "2002:7f00:1::1", "2001:0:1::1", "2001:db8::1", "nonsense", "",
    ],
)  # fmt: skip
def test_address_that_is_not_of_the_world_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "1.1.1.1", "2606:4700::1111", "64:ff9b::5db8:d822"])
def test_address_of_the_world_is_public(address):
    assert is_public(address)
