// A driver to copy: fill in what is marked HERE, then run: conformance driver check -- node driver.mjs
//
// The suite writes one JSON object a line on stdin, the driver one a line on stdout, and nothing else there: what is for
// people goes to stderr, so no console.log. `conformance driver schema` describes every message.
import { createInterface } from "node:readline";

const CLIENT = "my-client 1.0"; // HERE: name and version, for the report.
const FEATURES = []; // HERE: of retries, waits, paging, tls, partial, concurrency, what the client does.

// HERE: the client's own errors, in the words that every client has: kind, status, code, message, retry_after_ms.
class ClientError extends Error {}

// HERE: the client's calls, by the names of `mock-providers list`. A call returns what the client gives its user, with the
// documented names. Base URL and key come from the suite: the client must not know the real host.
const CALLS = {
  "leadmagic.credits.get": async ({ base_url, key }, args, deadlineMs) => {
    const answer = await fetch(`${base_url}/v1/credits`, { headers: { "X-API-Key": key }, signal: AbortSignal.timeout(deadlineMs) });
    if (!answer.ok) throw Object.assign(new ClientError(), { kind: "server", status: answer.status });
    return answer.json();
  },
};

async function outcome(hello, { operation, arguments: args, deadline_ms }) {
  if (!(operation in CALLS)) return { skipped: "the client has no such call" };
  try {
    return { value: await CALLS[operation](hello.providers[operation.split(".")[0]], args, deadline_ms * 0.8) };
  } catch (error) {
    if (!(error instanceof ClientError)) return { crashed: `${error.name}: ${error.message}` };
    const { kind, status, code, message, retry_after_ms } = error;
    return { error: { kind, status, code, message, retry_after_ms } };
  }
}

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

let hello;
for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.type === "hello") {
    hello = message;
    say({ type: "hello", protocol: 1, client: CLIENT, operations: Object.keys(CALLS), features: FEATURES });
  } else if (message.type === "call") {
    say({ type: "result", id: message.id, ...(await outcome(hello, message)) });
  } else if (message.type === "end") {
    break;
  }
}
process.exit(0); // A connection that is kept alive would hold the program.
