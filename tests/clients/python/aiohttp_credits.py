"""Asks the real hosts by name, with aiohttp. It reads the proxy variables only when it is told to."""

import asyncio
import os

import aiohttp


async def ask(session, address, key):
    async with session.get(address, headers={"X-API-Key": os.environ[key]}) as answer:
        answer.raise_for_status()
        return await answer.json()


async def main():
    async with aiohttp.ClientSession(trust_env=True, timeout=aiohttp.ClientTimeout(total=10)) as session:
        print((await ask(session, "https://api.leadmagic.io/v1/credits", "LEADMAGIC_API_KEY"))["credits"])
        print((await ask(session, "https://api.sendpilot.ai/v1/campaigns", "SENDPILOT_API_KEY"))["data"])


asyncio.run(main())
