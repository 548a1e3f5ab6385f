"""Lets `conformance client` call the client beside this file: conformance driver check -- python3 driver.py"""

import json
import sys
from collections import deque
from decimal import Decimal

from client import OPERATIONS, ApiError, Client

heard = deque()  # Calls that came while a wait was under way.


def say(message):
    print(written(message), flush=True)


def written(value):
    """JSON in which a Decimal keeps its digits."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{written(entry)}" for name, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    return json.dumps(value)


def hear():
    line = sys.stdin.readline()
    return json.loads(line) if line else {"type": "end"}


def sleep_in(call):
    """Instead of sleeping, the suite lets its clock go on."""

    def sleep(seconds):
        say({"type": "wait", "id": call["id"], "ms": int(seconds * 1000) + 1})
        while (message := hear())["type"] not in ("waited", "end"):
            heard.append(message)

    return sleep


def outcome(hello, call):
    provider = call["operation"].split(".")[0]
    if call["operation"] not in OPERATIONS:
        return {"skipped": "the client has no such call"}
    place = hello["providers"][provider]
    client = Client(provider, place["base_url"], place["key"], hello.get("ca_file"), sleep_in(call))
    try:
        return {"value": client.call(call["operation"], call["arguments"], call["deadline_ms"] / 1000 * 0.8)}
    except ApiError as error:
        return {"error": vars(error)}
    except Exception as error:  # noqa: BLE001 - whatever else it is, the run goes on
        return {"crashed": f"{type(error).__name__}: {error}"}


def main():
    hello = hear()
    features = ["retries", "waits", "paging", "tls"]
    say({"type": "hello", "protocol": 1, "client": "example python 1.0", "operations": list(OPERATIONS), "features": features})
    while (call := heard.popleft() if heard else hear())["type"] != "end":
        if call["type"] == "call":
            say({"type": "result", "id": call["id"], **outcome(hello, call)})


if __name__ == "__main__":
    main()
