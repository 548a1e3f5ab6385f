// NAME PORT AUTHORITY: a TLS handshake with 127.0.0.1 as NAME, trusting one authority.

import { readFileSync } from 'node:fs';
import tls from 'node:tls';

const [name, port, authority] = process.argv.slice(2);
const options = { host: '127.0.0.1', port, servername: name, ca: readFileSync(authority), timeout: 10_000 };
const socket = tls.connect(options, () => socket.end());
socket.on('timeout', () => socket.destroy(new Error('no answer')));
