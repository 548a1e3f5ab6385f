// One exchange by axios.
import https from "node:https";
import axios from "axios";
import { ApiError } from "./client.mjs";

/** With the authority of this PEM text, if there is one. */
export function sender(ca) {
  const http = axios.create({
    maxRedirects: 0, // A redirect is an answer, not a place to carry the key to.
    proxy: false, // Nor is a proxy of the environment.
    validateStatus: () => true,
    responseType: "text",
    transformResponse: (text) => text, // axios would make text of broken JSON, and say nothing.
    httpsAgent: new https.Agent({ ca }),
  });
  return async ({ method, url, headers, body, timeoutMs }) => {
    const signal = AbortSignal.timeout(timeoutMs); // The timeout of axios does not end a body that drips.
    try {
      const answer = await http.request({ method, url, headers, data: body, signal });
      return { status: answer.status, header: (name) => answer.headers.get(name), text: answer.data };
    } catch (error) {
      if (signal.aborted) throw new ApiError("timeout", "no answer in time");
      throw new ApiError("network", error.code ?? error.message);
    }
  };
}
