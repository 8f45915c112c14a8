// One request, one answer. What is no success is a Failure, whether a service has refused it or nobody has answered at all.

const PATIENCE = 20_000; // milliseconds; the gateway gives up before that
const SERVICES = ["users", "products", "inventory", "orders"];

export class Failure extends Error {
  constructor({ status = 0, problem = {}, retryAfter = 0, path = "" }) {
    super(problem.detail ?? "No answer.");
    this.status = status; // 0: there was no answer
    this.problem = problem;
    this.code = problem.code ?? "no_answer";
    this.retryAfter = retryAfter; // seconds
    this.service = problem.service ?? SERVICES.find((name) => path.startsWith(`/api/${name}/`)) ?? "";
  }

  /** It may go better in a moment, and what was asked for may have been done or not. */
  get temporary() {
    return [0, 429, 500, 502, 503, 504].includes(this.status);
  }

  /** Messages by field. */
  get fields() {
    return new Map((this.problem.errors ?? []).map((error) => [error.field, error.message]));
  }
}

/** `json` is sent as JSON, `body` as it is. Returns {data, headers, status}; raises Failure, or AbortError when `signal` says so. */
export async function send(method, path, { json, body, headers = {}, signal, ...options } = {}) {
  const late = AbortSignal.timeout(options.patience ?? PATIENCE);
  const sent = { Accept: "application/json", ...headers };
  if (json !== undefined) sent["Content-Type"] = "application/json";
  const content = json === undefined ? body : JSON.stringify(json);
  let response, text;
  try {
    const signals = AbortSignal.any(signal ? [signal, late] : [late]);
    response = await fetch(path, { method, body: content, headers: sent, signal: signals, keepalive: options.keepalive });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Failure({ path });
  }
  const data = parsed(text);
  if (response.ok && data !== undefined) return { data, headers: response.headers, status: response.status };
  const retryAfter = Number(response.headers.get("Retry-After")) || 0;
  throw new Failure({ status: response.ok ? 0 : response.status, problem: data ?? {}, retryAfter, path });
}

/** undefined for what is neither JSON nor empty: a captive portal's page, say. */
function parsed(text) {
  if (!text) return {};
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
