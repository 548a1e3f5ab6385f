"""Shows that nothing leaves a network namespace. The first argument is the network namespace of the caller, the second a CA bundle.

It tries nothing before it knows that there is no way out: a namespace of its own, loopback alone, no route.
"""

import os
import pathlib
import socket
import subprocess
import sys
import time

ANSWER_S = 1.0
CURL = ["curl", "-sS", "--max-time", "5", "--noproxy", "*", "--cacert", sys.argv[2]]
QUERY = bytes.fromhex("1a2b01000001000000000000") + b"\x07blocked\x07invalid\x00" + bytes.fromhex("00010001")


def assert_sealed():
    if os.readlink("/proc/self/ns/net") == sys.argv[1]:
        sys.exit("error: this is the network namespace of the caller: nothing was tried")
    interfaces = [line.split(":")[0].strip() for line in pathlib.Path("/proc/net/dev").read_text().splitlines()[2:]]
    routes = pathlib.Path("/proc/net/route").read_text().splitlines()[1:]
    routes += [line for line in pathlib.Path("/proc/net/ipv6_route").read_text().splitlines() if line.split()[-1] != "lo"]
    if interfaces != ["lo"] or routes:
        sys.exit(f"error: there is a way out, so nothing was tried: interfaces {interfaces}, routes {routes}")


def tcp():
    socket.create_connection(("192.0.2.1", 443), timeout=5).close()


def dns():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(5)
        udp.sendto(QUERY, ("192.0.2.53", 53))
        udp.recv(512)


def https(address):
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    subprocess.run([*CURL, address], env=environment, check=True, capture_output=True)


def must_fail(what, attempt):
    began = time.monotonic()
    try:
        attempt()
    except (OSError, subprocess.CalledProcessError) as error:
        taken = time.monotonic() - began
        if taken > ANSWER_S:
            sys.exit(f"error: {what} failed after {taken:.1f} s, expected within {ANSWER_S} s: {error}")
        print(f"{what}: {getattr(error, 'stderr', b'') or error}")
        return
    sys.exit(f"error: {what} got through")


assert_sealed()
must_fail("a connection to 192.0.2.1:443", tcp)
must_fail("a DNS query to 192.0.2.53", dns)
must_fail("https://192.0.2.1/ with an authority of its own", lambda: https("https://192.0.2.1/"))
must_fail("https://blocked.invalid/ with an authority of its own", lambda: https("https://blocked.invalid/"))
