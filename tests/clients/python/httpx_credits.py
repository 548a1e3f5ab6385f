"""Asks the real hosts by name, with httpx and nothing set by hand."""

import os

import httpx


def ask(address, key):
    return httpx.get(address, headers={"X-API-Key": os.environ[key]}, timeout=10).raise_for_status().json()


print(ask("https://api.leadmagic.io/v1/credits", "LEADMAGIC_API_KEY")["credits"])
print(ask("https://api.sendpilot.ai/v1/campaigns", "SENDPILOT_API_KEY")["data"])
