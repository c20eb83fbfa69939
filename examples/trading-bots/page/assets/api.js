// The program's HTTP API.

const WAIT = 30_000;

// A refusal, with what to do about it; `status` is 0 where there was no answer.
export class Refused extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }

  // Whether another token is needed.
  get token() {
    return this.status === 401 || this.status === 403;
  }
}

export class Api {
  #token;

  constructor(token) {
    this.#token = token;
  }

  overview() {
    return this.#call("GET", "/api/overview");
  }

  live() {
    return this.#call("GET", "/api/live");
  }

  botLive(id) {
    return this.#call("POST", `/api/bots/${encodeURIComponent(id)}/live`);
  }

  command(id, name, fields) {
    const path = `/api/bots/${encodeURIComponent(id)}/commands/${encodeURIComponent(name)}`;
    return this.#call("POST", path, fields);
  }

  disconnect(id) {
    return this.#call("POST", `/api/bots/${encodeURIComponent(id)}/disconnect`);
  }

  reconnect(id) {
    return this.#call("POST", `/api/bots/${encodeURIComponent(id)}/reconnect`);
  }

  async #call(method, path, body) {
    const headers = { authorization: `Bearer ${this.#token}` };
    if (body !== undefined) headers["content-type"] = "application/json";
    let response;
    try {
      response = await fetch(path, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(WAIT),
      });
    } catch {
      throw new Refused(0, "no_answer", "the server does not answer; is trading-bots still running?");
    }
    const answer = await response.json().catch(() => null);
    if (response.ok) return answer;
    const { code, message } = answer?.error ?? {};
    throw new Refused(response.status, code ?? "failed", message ?? `the server said ${response.status}`);
  }
}
