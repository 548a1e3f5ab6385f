// One exchange by fetch.
import { ApiError } from "./client.mjs";

export async function send({ method, url, headers, body, timeoutMs }) {
  try {
    // A redirect is an answer, not a place to carry the key to. The signal ends a slow body as well.
    const answer = await fetch(url, { method, headers, body, redirect: "manual", signal: AbortSignal.timeout(timeoutMs) });
    return { status: answer.status, header: (name) => answer.headers.get(name), text: await answer.text() };
  } catch (error) {
    if (error.name === "TimeoutError") throw new ApiError("timeout", "no answer in time");
    throw new ApiError("network", error.cause?.code ?? error.message);
  }
}
