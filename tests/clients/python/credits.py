"""Asks the real hosts by name, with the standard library and nothing set by hand."""

import json
import os
import urllib.request


def ask(address, key):
    request = urllib.request.Request(address, headers={"X-API-Key": os.environ[key]})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


print(ask("https://api.leadmagic.io/v1/credits", "LEADMAGIC_API_KEY")["credits"])
print(ask("https://api.sendpilot.ai/v1/campaigns", "SENDPILOT_API_KEY")["data"])
