"""A driver to copy: fill in what is marked HERE, then run: conformance driver check -- python3 driver.py

The suite writes one JSON object a line on stdin, the driver one a line on stdout, and nothing else there; what is for
people goes to stderr. `conformance driver schema` describes every message.
"""

import json
import sys
import urllib.request

CLIENT = "my-client 1.0"  # HERE: name and version, for the report.
FEATURES = []  # HERE: of retries, waits, paging, tls, partial, concurrency, what the client does.


class ClientError(Exception):  # HERE: the client's own errors, in the words that every client has.
    kind, status, code, message, retry_after_ms = "server", None, None, None, None


# HERE: the client's calls, by the names of `mock-providers list`. A call returns what the client gives its user, with the
# documented names. Base URL and key come from the suite: the client must not know the real host.
def credits(place, arguments, deadline_s):
    request = urllib.request.Request(place["base_url"] + "/v1/credits", headers={"X-API-Key": place["key"]})
    with urllib.request.urlopen(request, timeout=deadline_s) as answer:
        return json.load(answer)


CALLS = {"leadmagic.credits.get": credits}


def outcome(hello, call):
    operation = call["operation"]
    if operation not in CALLS:
        return {"skipped": "the client has no such call"}
    place = hello["providers"][operation.split(".")[0]]
    try:
        return {"value": CALLS[operation](place, call["arguments"], call["deadline_ms"] / 1000 * 0.8)}
    except ClientError as error:
        names = ("kind", "status", "code", "message", "retry_after_ms")
        return {"error": {name: getattr(error, name) for name in names}}
    except Exception as error:
        return {"crashed": f"{type(error).__name__}: {error}"}


def say(message):
    print(json.dumps(message), flush=True)  # Not flushed, it never arrives.


hello = json.loads(sys.stdin.readline())
say({"type": "hello", "protocol": 1, "client": CLIENT, "operations": list(CALLS), "features": FEATURES})
for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "call":
        say({"type": "result", "id": message["id"], **outcome(hello, message)})
    elif message["type"] == "end":
        break
