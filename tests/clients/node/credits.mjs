// Asks the real hosts by name, over HTTP/1.1 and over HTTP/2, with node's own modules and nothing set by hand.

import http2 from 'node:http2';
import https from 'node:https';

function checked(address, status, body) {
  if (status !== 200) throw new Error(`${address}: status ${status}, ${body}`);
  return JSON.parse(body);
}

function overHttp1(address, key) {
  return new Promise((resolve, reject) => {
    const request = https.request(address, { headers: { 'X-API-Key': key }, timeout: 10_000 }, async (response) => {
      let body = '';
      for await (const part of response.setEncoding('utf8')) body += part;
      resolve([response.statusCode, body]);
    });
    request.on('timeout', () => request.destroy(new Error(`${address}: no answer`))).on('error', reject).end();
  }).then(([status, body]) => checked(address, status, body));
}

function overHttp2(origin, path, key) {
  return new Promise((resolve, reject) => {
    const session = http2.connect(origin).on('error', reject);
    const stream = session.request({ ':path': path, 'x-api-key': key }).setEncoding('utf8').on('error', reject);
    let status, body = '';
    stream.on('response', (headers) => { status = headers[':status']; });
    stream.on('data', (part) => { body += part; });
    stream.on('end', () => { session.close(); resolve([status, body]); });
  }).then(([status, body]) => checked(origin + path, status, body));
}

const balance = await overHttp1('https://api.leadmagic.io/v1/credits', process.env.LEADMAGIC_API_KEY);
const campaigns = await overHttp2('https://api.sendpilot.ai', '/v1/campaigns', process.env.SENDPILOT_API_KEY);
if (balance.credits === undefined || campaigns.data === undefined) throw new Error('an answer lacks what was asked for');
console.log(balance, campaigns);
