"""A client of the four APIs, small but right, on requests.

Its rules: a lost answer is asked for again only where asking changes nothing and costs nothing; a refusal for too many
calls is waited for as long as it says; the key goes to the base URL's host and nowhere else; amounts stay exact.
"""

import email.utils
import json
import random
import threading
import time
import urllib.parse
from decimal import Decimal

import requests

TRIES = 4
PATIENCE_S = 120  # The longest wait that a call takes on; a daily limit is for the caller to handle.
PAGES_MAX = 1000

# Method and documented path. What is no variable of the path is the query of a GET and the body of a POST.
OPERATIONS = {
    "magnetite.leads.add": ("POST", "/api/campaigns/{campaignId}/leads"),
    "magnetite.jobs.get": ("GET", "/api/generation/{jobId}/status"),
    "leadmagic.credits.get": ("GET", "/v1/credits"),
    "leadmagic.email-validation.check": ("POST", "/v1/people/email-validation"),
    "leadmagic.email-finder.find": ("POST", "/v1/people/email-finder"),
    "sendpilot.campaigns.list": ("GET", "/api/v1/campaigns"),
    "sendpilot.leads.list": ("GET", "/api/v1/leads"),
    "sendpilot.leads.add": ("POST", "/api/v1/leads"),
    "sendpilot.inbox.send": ("POST", "/api/v1/inbox/send"),
    "leadterra.campaigns.create": ("POST", "/v1/campaigns"),
    "leadterra.campaigns.start": ("POST", "/v1/campaigns/{id}/start"),
    "leadterra.campaigns.stats": ("GET", "/v1/campaigns/{id}/stats"),
    "leadterra.leads.bulk": ("POST", "/v1/campaigns/{id}/leads/bulk"),
}
WITHOUT_BODY = {"leadterra.campaigns.start"}
# A listing, and the names under which its entries stand in the documents' versions.
LISTINGS = {"sendpilot.campaigns.list": ("data", "campaigns"), "sendpilot.leads.list": ("leads", "data")}
KINDS = {400: "invalid", 401: "auth", 402: "insufficient_credits", 403: "forbidden", 404: "not_found", 405: "invalid", 409: "conflict",
         413: "invalid", 415: "invalid", 422: "invalid", 429: "rate_limited"}  # fmt: skip


class ApiError(Exception):
    """What went wrong with a call: `kind` is one of the words of the suite's protocol."""

    def __init__(self, kind, status=None, code=None, message=None, retry_after_ms=None):
        super().__init__(f"{kind}: {message}")
        self.kind, self.status, self.code, self.message, self.retry_after_ms = kind, status, code, message, retry_after_ms


class Client:
    """Of one provider. `sleep` is given seconds."""

    def __init__(self, provider, base_url, key, ca_file=None, sleep=time.sleep):
        self.base_url, self.sleep = base_url.rstrip("/"), sleep
        self.session = requests.Session()
        # A proxy or a .netrc of the environment would be given the key, or put another in its place.
        self.session.trust_env = False
        self.session.verify = ca_file or True
        is_bearer = provider in ("magnetite", "leadterra")
        self.session.headers.update({"Authorization": f"Bearer {key}"} if is_bearer else {"X-API-Key": key})
        self.session.headers["Accept"] = "application/json"

    def call(self, operation, arguments, timeout_s=30):
        """The documented answer; of a listing, the entries of all its pages. Waits for a refusal do not count as time."""
        names = LISTINGS.get(operation)
        return self._pages(operation, arguments, names, timeout_s) if names else self._call(operation, arguments, [timeout_s])

    def _pages(self, operation, arguments, names, timeout_s):
        entries, left_s = {}, [timeout_s]
        first = int(arguments.get("page", 1))
        for page in range(first, first + PAGES_MAX):
            answer = self._call(operation, {**arguments, "page": page} if page > first else arguments, left_s)
            found = next((answer[name] for name in names if isinstance(answer, dict) and isinstance(answer.get(name), list)), None)
            if found is None:
                raise ApiError("decode", 200, message="the answer has no entries")
            # An entry that moved to a later page meanwhile is met twice.
            entries.update((entry.get("id", (page, at)), entry) for at, entry in enumerate(found))
            place = answer.get("meta") or answer.get("pagination") or {}
            if not found or page >= place.get("totalPages", page):
                break
        return list(entries.values())

    def _call(self, operation, arguments, left_s):
        method, template = OPERATIONS[operation]
        url, rest = self._url(template, dict(arguments))
        waited_s = 0
        for attempt in range(TRIES):
            try:
                return self._answer(*self._send(method, url, rest, operation not in WITHOUT_BODY, left_s))
            except ApiError as error:
                is_lost = error.kind in ("server", "network")
                if attempt + 1 == TRIES or not (error.kind == "rate_limited" or is_lost and method == "GET"):
                    raise
                told_ms = error.retry_after_ms
                wait_s = (2**attempt if told_ms is None else told_ms / 1000) + random.uniform(0, 0.25)
                waited_s += wait_s
                if waited_s > PATIENCE_S:
                    raise
            self.sleep(wait_s)

    def _url(self, template, rest):
        parts = []
        for part in template.split("/"):
            if part.startswith("{"):
                value = str(rest.pop(part[1:-1], ""))
                if value in ("", ".", ".."):
                    raise ApiError("invalid", message=f"{part[1:-1]} cannot be {value!r}")
                part = urllib.parse.quote(value, safe="")
            parts.append(part)
        return self.base_url + "/".join(parts), rest

    def _send(self, method, url, rest, has_body, left_s):
        """Status, headers and text, within the time that is left."""
        request = {"allow_redirects": False, "timeout": left_s[0] + 1}
        if method == "GET":
            request["params"] = {name: json.dumps(value) if isinstance(value, bool) else value for name, value in rest.items()}
        elif has_body:
            request["data"], request["headers"] = json.dumps(rest).encode(), {"Content-Type": "application/json"}
        done = []

        def exchange():
            try:
                done.append(self.session.request(method, url, **request))
            except Exception as error:  # noqa: BLE001 - raised again where the call is
                done.append(error)

        # The timeout of requests is one between bytes: an answer that drips would never end.
        began = time.monotonic()
        thread = threading.Thread(target=exchange, daemon=True)
        thread.start()
        thread.join(max(left_s[0], 0))
        left_s[0] -= time.monotonic() - began
        if not done or isinstance(done[0], requests.Timeout):
            raise ApiError("timeout", message="no answer in time")
        if isinstance(done[0], requests.exceptions.ContentDecodingError):
            raise ApiError("decode", message="the answer's coding is broken")
        if isinstance(done[0], requests.RequestException):
            raise ApiError("network", message=type(done[0]).__name__)
        if isinstance(done[0], Exception):
            raise done[0]
        return done[0].status_code, done[0].headers, done[0].content

    def _answer(self, status, headers, content):
        try:
            body = json.loads(content, parse_float=Decimal)
        except (ValueError, RecursionError):  # The latter: nested too deep for the parser.
            body = None
        if 200 <= status < 300:
            if not isinstance(body, (dict, list)):
                raise ApiError("decode", status, message="the answer is not the documented JSON")
            return body
        code, message = said(body)
        kind = KINDS.get(status, "server" if status >= 500 else "decode" if status < 400 else "invalid")
        raise ApiError(kind, status, code, message, told_wait_ms(headers, body))


def said(body):
    """Code and message, in each provider's form."""
    body = body if isinstance(body, dict) else {}
    errors = body.get("errors")
    error = errors[0] if isinstance(errors, list) and errors else body.get("error")
    if isinstance(error, dict):
        return text(error.get("code")), text(error.get("message") or error.get("title") or error.get("detail"))
    return text(body.get("code")), text(body.get("message") or error or body.get("title") or body.get("detail"))


def text(value):
    """What may be a list of complaints, or nothing."""
    return "; ".join(map(str, value)) if isinstance(value, list) else None if value is None else str(value)


def told_wait_ms(headers, body):
    """How long to wait, as the header or the body says; None when neither does."""
    body = body if isinstance(body, dict) else {}
    error = body.get("error") if isinstance(body.get("error"), dict) else {}
    reset = seconds(headers.get("X-RateLimit-Reset"))
    if reset is not None and reset > 1_000_000_000:  # A time, by the provider's clock where it tells it.
        date = email.utils.parsedate_to_datetime(headers["Date"]).timestamp() if "Date" in headers else time.time()
        reset = max(reset - date, 0)
    places = (headers.get("Retry-After"), error.get("retryAfter"), body.get("retryAfter"), headers.get("RateLimit-Reset"), reset)
    told = next((wait for wait in map(seconds, places) if wait is not None), None)
    return None if told is None else int(told * 1000)


def seconds(text):
    try:
        value = float(text)
        return value if 0 <= value < float("inf") else None
    except (TypeError, ValueError):
        return None
