"""Keys, tokens, connection strings and private keys, by the forms their makers gave them."""

import base64
import binascii
import re
from collections.abc import Iterator

from hub.detectors.looks import looks_drawn, looks_secret, whole_token
from hub.detectors.page import Found, Page
from hub.redaction import Kind

_LONG = re.compile(r"[^\s\"'<>`\ue000]{15,}")
_VENDOR = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}"
    r"|gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}|gl[a-z]{2,6}-[\w.-]{16,255}"
    r"|xox[a-z]-[\w.-]{8,255}|xoxe\.[\w.-]{8,255}|xapp-[\w-]{8,255}"
    r"|sk-[A-Za-z0-9_-]{16,255}|(?:sk|pk|rk)_(?:live|test)_\w{10,255}|whsec_[\w+/=]{10,255}"
    r"|AIza[\w-]{30,45}|ya29\.[\w.-]{10,2048}|GOCSPX-[\w-]{20,40}|1//0[\w-]{20,255}"
    r"|SG\.[\w-]{10,64}\.[\w-]{10,128}|(?:SK|AC)[0-9a-f]{32}|key-[0-9a-z]{32}|[0-9a-f]{32}-us\d{1,2}"
    r"|npm_[A-Za-z0-9]{20,64}|pypi-[\w-]{16,1024}|rubygems_[a-f0-9]{40,64}|dckr_pat_[\w-]{16,64}"
    r"|secret_[A-Za-z0-9]{32,64}|ntn_[A-Za-z0-9]{20,64}|lin_(?:api|oauth)_\w{16,64}|figd_[\w-]{20,64}"
    r"|hf_[A-Za-z0-9]{20,64}|gsk_\w{20,64}|xai-\w{20,128}|pplx-\w{20,128}|r8_\w{20,64}"
    r"|do[opr]_v1_[a-f0-9]{32,64}|shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}|sq0[a-z]{3}-[\w-]{20,64}"
    r"|EAA[A-Za-z0-9]{20,512}|\d{8,10}:AA[\w-]{30,40}|[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,45}"
    r"|dapi[0-9a-f]{32}|dp\.(?:pt|st|ct|sa)\.\w{20,64}|hv[sb]\.[\w-]{20,255}|[\w-]{10,20}\.atlasv1\.[\w-]{40,90}"
    r"|PMAK-[0-9a-f-]{20,80}|sntry[su]_[\w+/=-]{20,255}|ATATT3[\w=.-]{20,255}|ATCTT3[\w=.-]{20,255}"
    r"|pat[A-Za-z0-9]{14}\.[0-9a-f]{40,70}|NRAK-[A-Z0-9]{20,40}|gl(?:sa|c)_[\w=]{20,255}|pscale_\w{3,5}_[\w.-]{20,64}"
    r"|sb[ps]?_(?:secret_|publishable_)?\w{20,64}|HRKU-[\w-]{30,70}|dG9rO[\w+/=]{20,128}"
    r"|AGE-SECRET-KEY-1[A-Z0-9]{40,70}|sl\.[\w-]{60,255}|EA[A-Za-z]{2}[\w-]{50,255}"
    r"|LTAI[A-Za-z0-9]{12,30}|GR1348941[\w-]{16,30}|xkeysib-[0-9a-f]{32,64}(?:-\w{10,20})?|tfp_[\w-]{30,80}"
    r"|nf[pcou]_\w{30,64}"
    r"|pul-[0-9a-f]{40}|dt0[a-z]\d\d\.[A-Z0-9]{20,30}\.[A-Z0-9]{40,80}|EZ[AT]K[A-Za-z0-9]{50,64}"
    r"|s[qn][pua]_[0-9a-f]{40}"
    r"|fm[12][ar]?_[\w+/=]{40,2048}|fo1_[\w-]{40,64}|re_[A-Za-z0-9]{6,12}_[A-Za-z0-9]{20,32}|ph[cxs]_\w{30,64}"
    r"|lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}|sha256~[\w-]{43}|API-[A-Z0-9]{25,34}|AKCp[A-Za-z0-9]{40,80}"
    r"|nvapi-[\w-]{40,80}"
    r"|[sp]k\.eyJ[\w-]{20,255}\.[\w-]{10,64}|shippo_(?:live|test)_[0-9a-f]{40}|pn[ub]_\w{36}|ATBB\w{20,64}"
    r"|(?i:clojars_)[A-Za-z0-9]{40,80}|rdme_\w{40,80}|sgp_\w{20,80}|fio-u-[\w-]{40,80}|ico-\w{32}|dnkey-[\w=-]{20,80}"
    r"|duffel_(?:live|test)_[\w-]{30,64}|(?:live|test)_[0-9a-f]{35}|(?:live|test)_pub_[0-9a-f]{31}|oy2[a-z0-9]{43}"
    r"|NRI[IJ]-[A-Za-z0-9]{24,40}|NRJS-[a-f0-9]{19}|flb_?sk_\w{16,64}|FLW(?:SEC|PUB)K-\w{12,64}|tvly-[\w-]{20,64}"
    r"|[a-z]{2,4}_(?:live|test|prod)_[A-Za-z0-9]{20,128}|cf(?:ut|at|k)_\w{30,64}"
    r"|v1\.0-[0-9a-f]{20,64}-[0-9a-f]{100,200}"
    r"|AQVN[\w-]{35,40}|t1\.[\w-]{1,255}\.[\w-]{86}={0,2}|YC[\w-]{38}|BSA[A-Za-z0-9]{27}"
    r"|(?:pat|sat)\.[\w-]{22}\.\w{24}\.\w{20}|s-s4t2(?:ud|af)-[0-9a-f]{64}|glffct-[\w-]{20}|api_org_[A-Za-z]{34}"
    r"|amzn\.mws\.[0-9a-f-]{36}|ABSK[A-Za-z0-9+/=]{100,140}|[A-Za-z0-9_~.-]{3}\dQ~[\w~.-]{31,34}|rnd_\w{28,40}"
    r"|waka_[0-9a-f-]{36}"
    r"|eyJ[\w-]{6,4096}\.[\w-]{4,8192}(?:\.[\w-]*){0,3}"
    r")"
)
_URL_PASSWORD = re.compile(
    r"://([^\s/?#@\"'<>]{0,256}:(?!\d{1,5}(?:/|$))[^\s\"'<>\ue000]{1,256}|[^\s/?#:\"'<>\ue000]{8,256})@(?=[\w\[.-])"
)
_URL_SECRET = re.compile(
    r"[?&#;](?:[\w.-]{0,40}(?:token|secret|passw(?:or)?d|passwd|pwd|signature|credential|session|apikey|api[_-]key"
    r"|auth)"
    r"[\w.-]{0,20}|key|sig|code|otp|jwt|sid)=([^\s&#\"'<>\ue000]{6,4096})"
)
_WEBHOOK = re.compile(
    r"hooks\.slack\.com/(?:services|workflows|triggers)/[^\s\"'<>\ue000]{8,255}"
    r"|discord(?:app)?\.com/api/webhooks/\d{5,25}/[\w-]{8,255}"
    r"|[\w-]{1,63}\.webhook\.office\.com/[\w@/.-]{8,512}"
)
_LONG_RUN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{32,4096}")
_DIGEST = re.compile(r"(?<![a-z])sha\d{1,3}[-:=]")
_DRAWN_LEAST = 32
_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,20}-----")
_PEM_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,20}-----")
_SCHEME = re.compile(r"(?<![a-z])(bearer|basic|token|digest|negotiate|apikey)[ \t]+([\w.~+/=-]{8,8192})")
_ACCOUNT_KEY = re.compile(r"(?:accountkey|sharedaccesskey|sharedaccesssignature)=([^\s;\"'<>]{10,512})")


def secrets(page: Page) -> Iterator[Found]:
    for token in _LONG.finditer(page.text):
        yield from _in_token(page, *token.span())
    if "PRIVATE KEY-" in page.text:
        yield from _private_keys(page)
    if page.mentions(("bearer", "basic", "token", "digest", "apikey", "negotiate")):
        yield from _authorizations(page)


def _in_token(page: Page, start: int, end: int) -> Iterator[Found]:
    for match in _VENDOR.finditer(page.text, start, end):
        yield page.found(*match.span(), Kind.SECRET)
    yield from _drawn(page, start, end)
    if "://" in page.text[start:end]:
        for match in _URL_PASSWORD.finditer(page.text, start, end):
            yield page.found(*match.span(1), Kind.SECRET)
        for match in _WEBHOOK.finditer(page.folded, start, end):
            yield page.found(*match.span(), Kind.SECRET)
    for pattern in (_URL_SECRET, _ACCOUNT_KEY) if "=" in page.text[start:end] else ():
        for match in pattern.finditer(page.folded, start, end):
            yield page.found(*match.span(1), Kind.SECRET)


def _drawn(page: Page, start: int, end: int) -> Iterator[Found]:
    """What only chance can have written: long, in capitals, small letters and digits by turns."""
    for run in _LONG_RUN.finditer(page.text, start, end):
        value = run[0]
        mixed = not value.isupper() and not value.islower()
        if mixed and page.text[run.start() - 1 : run.start()] != "/" and looks_drawn(value, least=_DRAWN_LEAST):
            found = whole_token(page, run.start())
            if not _DIGEST.search(page.folded[max(0, found.start - 8) : found.start + 7]):
                yield found


def _private_keys(page: Page) -> Iterator[Found]:
    position = 0
    while begin := _PEM.search(page.text, position):
        end = _PEM_END.search(page.text, begin.end())
        position = end.end() if end else len(page.text)
        yield page.found(begin.start(), position, Kind.SECRET)


def _authorizations(page: Page) -> Iterator[Found]:
    for match in _SCHEME.finditer(page.folded):
        value = page.text[slice(*match.span(2))]
        if _is_basic(value) if match[1] == "basic" else looks_secret(value):
            yield page.found(*match.span(2), Kind.SECRET)


def _is_basic(value: str) -> bool:
    try:
        return b":" in base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
