// Lets `conformance client` call the client beside this file: conformance driver check -- node driver-fetch.mjs
import { createInterface } from "node:readline";
import { ApiError, Client, OPERATIONS } from "./client.mjs";
import { send } from "./send-fetch.mjs";

let hello;
let last = Promise.resolve(); // Calls are made one after the other.
const waiting = new Map(); // What goes on when a wait is over, by the call's id.

function say(message) {
  process.stdout.write(JSON.stringify(message) + "\n");
}

/** Instead of sleeping, the suite lets its clock go on. */
function sleepIn(call) {
  return (ms) =>
    new Promise((over) => {
      waiting.set(call.id, over);
      say({ type: "wait", id: call.id, ms });
    });
}

async function outcome(call) {
  if (!(call.operation in OPERATIONS)) return { skipped: "the client has no such call" };
  const provider = call.operation.split(".")[0];
  const { base_url, key } = hello.providers[provider];
  const client = new Client(provider, base_url, key, send, sleepIn(call));
  try {
    return { value: await client.call(call.operation, call.arguments, call.deadline_ms * 0.8) };
  } catch (error) {
    if (!(error instanceof ApiError)) return { crashed: `${error.name}: ${error.message}` };
    const { kind, status, code, said, retryAfterMs } = error;
    return { error: { kind, status, code, message: said, retry_after_ms: retryAfterMs } };
  }
}

// What the client does beyond single calls. fetch takes no authority of its own, so "tls" is not named.
const features = ["retries", "waits", "paging"];

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.type === "hello") {
    hello = message;
    say({ type: "hello", protocol: 1, client: "example javascript, fetch 1.0", operations: Object.keys(OPERATIONS), features });
  } else if (message.type === "call") {
    last = last.then(async () => say({ type: "result", id: message.id, ...(await outcome(message)) }));
  } else if (message.type === "waited") {
    waiting.get(message.id)?.();
  } else if (message.type === "end") {
    break;
  }
}
await last;
process.exit(0); // A connection that is kept alive would hold the program.
