"""NAME PORT AUTHORITY: a TLS handshake with 127.0.0.1 as NAME, trusting one authority."""

import socket
import ssl
import sys

name, port, authority = sys.argv[1:]
context = ssl.create_default_context(cafile=authority)
with socket.create_connection(("127.0.0.1", int(port)), timeout=10) as plain, context.wrap_socket(plain, server_hostname=name):
    pass
