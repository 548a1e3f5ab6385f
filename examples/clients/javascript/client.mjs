// A client of the four APIs, small but right. It sends through a function that it is given: see send-fetch.mjs and send-axios.mjs.
//
// Its rules: a lost answer is asked for again only where asking changes nothing and costs nothing; a refusal for too many calls
// is waited for as long as it says; the key goes to the base URL's host and nowhere else.

const TRIES = 4;
const PATIENCE_MS = 120_000; // The longest wait that a call takes on; a daily limit is for the caller to handle.
const PAGES_MAX = 1000;

// Method and documented path. What is no variable of the path is the query of a GET and the body of a POST.
export const OPERATIONS = {
  "magnetite.leads.add": ["POST", "/api/campaigns/{campaignId}/leads"],
  "magnetite.jobs.get": ["GET", "/api/generation/{jobId}/status"],
  "leadmagic.credits.get": ["GET", "/v1/credits"],
  "leadmagic.email-validation.check": ["POST", "/v1/people/email-validation"],
  "leadmagic.email-finder.find": ["POST", "/v1/people/email-finder"],
  "sendpilot.campaigns.list": ["GET", "/api/v1/campaigns"],
  "sendpilot.leads.list": ["GET", "/api/v1/leads"],
  "sendpilot.leads.add": ["POST", "/api/v1/leads"],
  "sendpilot.inbox.send": ["POST", "/api/v1/inbox/send"],
  "leadterra.campaigns.create": ["POST", "/v1/campaigns"],
  "leadterra.campaigns.start": ["POST", "/v1/campaigns/{id}/start"],
  "leadterra.campaigns.stats": ["GET", "/v1/campaigns/{id}/stats"],
  "leadterra.leads.bulk": ["POST", "/v1/campaigns/{id}/leads/bulk"],
};
const WITHOUT_BODY = new Set(["leadterra.campaigns.start"]);
// A listing, and the names under which its entries stand in the documents' versions.
const LISTINGS = { "sendpilot.campaigns.list": ["data", "campaigns"], "sendpilot.leads.list": ["leads", "data"] };
const KINDS = { 401: "auth", 402: "insufficient_credits", 403: "forbidden", 404: "not_found", 409: "conflict", 429: "rate_limited" };

/** What went wrong with a call: `kind` is one of the words of the suite's protocol. */
export class ApiError extends Error {
  constructor(kind, message, { status = null, code = null, retryAfterMs = null } = {}) {
    super(message ?? kind);
    Object.assign(this, { kind, status, code, said: message ?? null, retryAfterMs });
  }
}

export class Client {
  /** Of one provider. `send` makes one exchange, `sleep` is given milliseconds. */
  constructor(provider, baseUrl, key, send, sleep = (ms) => new Promise((done) => setTimeout(done, ms))) {
    this.baseUrl = baseUrl.replace(/\/+$/, "");
    this.send = send;
    this.sleep = sleep;
    const isBearer = provider === "magnetite" || provider === "leadterra";
    this.headers = { Accept: "application/json", ...(isBearer ? { Authorization: `Bearer ${key}` } : { "X-API-Key": key }) };
  }

  /** The documented answer; of a listing, the entries of all its pages. Waits for a refusal do not count as time. */
  async call(operation, args, timeoutMs = 30_000) {
    const time = { leftMs: timeoutMs };
    const names = LISTINGS[operation];
    return names ? this.#pages(operation, args, names, time) : this.#call(operation, args, time);
  }

  async #pages(operation, args, names, time) {
    const entries = new Map();
    const first = Number(args.page ?? 1);
    for (let page = first; page < first + PAGES_MAX; page += 1) {
      const answer = await this.#call(operation, page > first ? { ...args, page } : args, time);
      const found = names.map((name) => answer[name]).find(Array.isArray);
      if (!found) throw new ApiError("decode", "the answer has no entries", { status: 200 });
      // An entry that moved to a later page meanwhile is met twice.
      found.forEach((entry, at) => entries.set(entry?.id ?? `${page} ${at}`, entry));
      const last = (answer.meta ?? answer.pagination)?.totalPages ?? page;
      if (found.length === 0 || page >= last) break;
    }
    return [...entries.values()];
  }

  async #call(operation, args, time) {
    const [method, template] = OPERATIONS[operation];
    const request = this.#request(method, template, { ...args }, !WITHOUT_BODY.has(operation));
    for (let attempt = 0, waitedMs = 0; ; attempt += 1) {
      let waitMs;
      try {
        return understood(await this.#sent(request, time));
      } catch (error) {
        const isLost = error.kind === "server" || error.kind === "network";
        if (attempt + 1 === TRIES || !(error.kind === "rate_limited" || (isLost && method === "GET"))) throw error;
        waitMs = (error.retryAfterMs ?? 1000 * 2 ** attempt) + Math.random() * 250;
        waitedMs += waitMs;
        if (waitedMs > PATIENCE_MS) throw error;
      }
      await this.sleep(Math.ceil(waitMs));
    }
  }

  #request(method, template, rest, hasBody) {
    const path = template.replaceAll(/{(\w+)}/g, (_, name) => {
      const value = String(rest[name] ?? "");
      if (["", ".", ".."].includes(value)) throw new ApiError("invalid", `${name} cannot be ${JSON.stringify(value)}`);
      delete rest[name];
      return encodeURIComponent(value);
    });
    if (method === "GET") {
      const query = new URLSearchParams(rest).toString();
      return { method, url: `${this.baseUrl}${path}${query && "?"}${query}`, headers: this.headers };
    }
    if (!hasBody) return { method, url: this.baseUrl + path, headers: this.headers };
    return { method, url: this.baseUrl + path, headers: { ...this.headers, "Content-Type": "application/json" }, body: JSON.stringify(rest) };
  }

  async #sent(request, time) {
    const began = performance.now();
    try {
      if (time.leftMs <= 0) throw new ApiError("timeout", "no answer in time");
      return await this.send({ ...request, timeoutMs: Math.ceil(time.leftMs) });
    } finally {
      time.leftMs -= performance.now() - began;
    }
  }
}

function understood({ status, header, text }) {
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    body = null;
  }
  const isObject = typeof body === "object" && body !== null;
  if (status >= 200 && status < 300) {
    if (!isObject) throw new ApiError("decode", "the answer is not the documented JSON", { status });
    return body;
  }
  const kind = KINDS[status] ?? (status >= 500 ? "server" : status < 400 ? "decode" : "invalid");
  const { code, message } = said(isObject ? body : {});
  throw new ApiError(kind, message, { status, code, retryAfterMs: toldWaitMs(header, isObject ? body : {}) });
}

/** Code and message, in each provider's form. */
function said(body) {
  const error = Array.isArray(body.errors) && body.errors.length > 0 ? body.errors[0] : body.error;
  const isObject = typeof error === "object" && error !== null;
  const message = isObject ? (error.message ?? error.title ?? error.detail) : (body.message ?? error ?? body.title ?? body.detail);
  const text = (value) => (Array.isArray(value) ? value.join("; ") : value == null ? null : String(value));
  return { code: text(isObject ? error.code : body.code), message: text(message) };
}

/** How long to wait, as the header or the body says; null when neither does. */
function toldWaitMs(header, body) {
  let reset = seconds(header("X-RateLimit-Reset"));
  if (reset > 1_000_000_000) {
    // A time, by the provider's clock where it tells it.
    reset = Math.max(reset - (Date.parse(header("Date") ?? "") || Date.now()) / 1000, 0);
  }
  const places = [header("Retry-After"), body.error?.retryAfter, body.retryAfter, header("RateLimit-Reset"), reset];
  const told = places.map(seconds).find((wait) => wait !== null);
  return told === undefined ? null : Math.round(told * 1000);
}

function seconds(value) {
  const number = value == null || value === "" ? NaN : Number(value);
  return Number.isFinite(number) && number >= 0 ? number : null;
}
