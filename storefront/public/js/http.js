// One HTTP request. Every failure is an ApiError: an error response, or no response at all.

const TIMEOUT_MS = 20_000; // longer than the gateway's own timeout
const SERVICES = ["users", "products", "inventory", "orders"];
const RETRYABLE = [0, 429, 500, 502, 503, 504];

export class ApiError extends Error {
  /** @param {{status?: number, problem?: Problem, retryAfter?: number, path?: string}} options */
  constructor({ status = 0, problem = {}, retryAfter = 0, path = "" }) {
    super(problem.detail ?? "No response.");
    this.status = status; // 0 without a response
    this.problem = problem;
    this.code = problem.code ?? "no_response";
    this.retryAfter = retryAfter; // seconds
    this.service =
      problem.service ?? SERVICES.find((name) => path.startsWith(`/api/${name}/`)) ?? "";
  }

  /** A retry may succeed. The outcome of this request is unknown. */
  get isRetryable() {
    return RETRYABLE.includes(this.status);
  }

  /** Messages by field name. */
  get fields() {
    return new Map((this.problem.errors ?? []).map((error) => [error.field, error.message]));
  }
}

/**
 * Sends `json` as JSON, or `body` unchanged. Throws ApiError, or AbortError after `signal` aborts.
 * @template T
 * @param {string} method
 * @param {string} path
 * @param {RequestOptions} options
 * @returns {Promise<ApiResponse<T>>}
 */
export async function request(method, path, { json, body, headers, signal, ...options } = {}) {
  const timeout = AbortSignal.timeout(options.timeout ?? TIMEOUT_MS);
  /** @type {RequestInit} */
  const init = { method, body, headers: { Accept: "application/json", ...headers } };
  if (json !== undefined) {
    init.body = JSON.stringify(json);
    init.headers = { ...init.headers, "Content-Type": "application/json" };
  }
  init.signal = signal ? AbortSignal.any([signal, timeout]) : timeout;
  init.keepalive = options.keepalive;
  let response, text;
  try {
    response = await fetch(path, init);
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError({ path });
  }
  const data = parseJson(text);
  if (response.ok && data !== undefined)
    return { data, headers: response.headers, status: response.status };
  const retryAfter = Number(response.headers.get("Retry-After")) || 0;
  const status = response.ok ? 0 : response.status;
  throw new ApiError({ status, problem: data ?? {}, retryAfter, path });
}

/**
 * undefined for text that is not JSON, for example the login page of a public network.
 * @param {string} text
 */
function parseJson(text) {
  if (!text) return {};
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
