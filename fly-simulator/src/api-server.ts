import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { ApiDocument, type Finding, type MatchedOperation } from "./document.ts";
import type { Faults } from "./faults.ts";
import { generateUlid } from "./ids.ts";
import { RateLimiter } from "./rate-limits.ts";
import { readBody } from "./read-body.ts";
import type { ApiResponse, Handler } from "./routes.ts";
import { APP_ROUTES } from "./routes-apps.ts";
import { MACHINE_ROUTES } from "./routes-machines.ts";
import { LIMITS, RATE_LIMITS } from "./rules.ts";
import { stripPrefix, type Token } from "./tokens.ts";
import { ApiError } from "./types.ts";
import type { World } from "./world.ts";

/** A recorded request of the API. */
export interface RecordedRequest {
  method: string;
  /** The path with its query. */
  path: string;
  /** The document's operationId; null when the document has no such operation. */
  operation: string | null;
  /** The response's status; null when the connection was cut or the client left. */
  status: number | null;
  token: "org" | "deploy" | null;
  requestId: string;
  body: unknown;
}

/** A request or response that does not follow Fly's document. */
export interface Violation {
  of: "request" | "answer";
  method: string;
  path: string;
  message: string;
}

const MAX_REMEMBERED = 10_000;
const HANDLERS: Record<string, Handler> = { ...APP_ROUTES, ...MACHINE_ROUTES };

/** The state of one request. */
interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  record: RecordedRequest;
  signal: AbortSignal;
}

/** The Machines API over HTTP: authentication, rate limits, validation against the document, faults, and the record of it all. */
export class ApiServer {
  readonly requests: RecordedRequest[] = [];
  readonly violations: Violation[] = [];
  readonly #world: World;
  readonly #faults: Faults;
  readonly #document = new ApiDocument();
  readonly #limits = new RateLimiter();

  constructor(world: World, faults: Faults) {
    this.#world = world;
    this.#faults = faults;
  }

  /** Answers one request. Never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const record: RecordedRequest = {
      method: request.method ?? "GET",
      path: `${url.pathname}${url.search}`,
      operation: null,
      status: null,
      token: null,
      requestId: `${generateUlid()}-sim`,
      body: undefined,
    };
    this.requests.push(record);
    if (this.requests.length > MAX_REMEMBERED) this.requests.shift();
    const exchange = { request, response, url, record, signal: gone.signal };
    try {
      await this.#answer(exchange);
    } catch (error) {
      if (error instanceof ApiError) this.#send(exchange, null, toErrorResponse(error));
      else if (!gone.signal.aborted) {
        console.error("fly-simulator:", error);
        this.#send(exchange, null, { status: 500, body: { error: "internal: the simulator failed" } });
      }
    }
  }

  async #answer(exchange: Exchange): Promise<void> {
    const { request, response, url, record } = exchange;
    const path = stripPrefix(url.pathname);
    const operation = path === null ? null : this.#document.match(record.method, path);
    if (operation === null || Array.isArray(operation)) {
      this.#recordViolation(
        exchange,
        "request",
        operation ? "the path does not have this method" : "the document does not have this path",
      );
      throw operation ? new ApiError(405, "method not allowed") : new ApiError(404, "404 page not found");
    }
    record.operation = operation.id;
    const body = await readBody(request, LIMITS.maxBodyBytes.value);
    const fault = this.#faults.take(record.method, path ?? "", operation.template);
    if (fault?.answer === "cut-before") return void response.destroy();
    if (typeof fault?.answer === "number" && !fault.done) {
      return this.#send(
        exchange,
        operation,
        toErrorResponse(new ApiError(fault.answer, fault.error ?? `simulated fault ${fault.answer}`, fault.code)),
      );
    }
    if (fault?.answer === "delay") await delay(fault.delayMs, undefined, { signal: exchange.signal }).catch(() => {});

    let answer: ApiResponse;
    try {
      answer = await this.#execute(exchange, operation, body);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      answer = toErrorResponse(error);
      if (error.status === 501) this.#recordViolation(exchange, "request", error.message);
    }
    if (fault?.answer === "cut-after") return void response.destroy();
    if (typeof fault?.answer === "number") {
      answer = toErrorResponse(
        new ApiError(fault.answer, fault.error ?? `simulated fault ${fault.answer}`, fault.code),
      );
    }
    this.#send(exchange, operation, answer);
  }

  async #execute(exchange: Exchange, operation: MatchedOperation, text: string): Promise<ApiResponse> {
    const { request, url, record } = exchange;
    const token: Token = this.#world.tokens.authenticate(request.headers.authorization);
    record.token = token.kind;
    this.#limits.acquire(operation.id, findRateKey(operation, token));
    this.#recordFindings(exchange, this.#document.checkQuery(operation, url.searchParams));
    for (const header of this.#document.requiredHeaders(operation)) {
      if (request.headers[header] === undefined)
        this.#recordFindings(exchange, [{ message: `the header ${header} is missing`, status: 400 }]);
    }
    const body = this.#parseBody(exchange, operation, text);
    record.body = body;
    if (body !== undefined) this.#recordFindings(exchange, this.#document.checkBody(operation, body));
    const handler = HANDLERS[operation.id];
    if (!handler) throw new ApiError(501, `the simulator does not do ${operation.id}`);
    const nonce = request.headers["fly-machine-lease-nonce"];
    return handler({
      operation,
      query: url.searchParams,
      body,
      nonce: typeof nonce === "string" ? nonce : null,
      token,
      world: this.#world,
      signal: exchange.signal,
    });
  }

  #parseBody(exchange: Exchange, operation: MatchedOperation, text: string): unknown {
    const { required, allowed } = this.#document.body(operation);
    if (text === "") {
      if (required) this.#recordFindings(exchange, [{ message: "the body is missing", status: 400 }]);
      return undefined;
    }
    if (!allowed) return undefined;
    if (!/^application\/json\b/i.test(exchange.request.headers["content-type"] ?? "")) {
      this.#recordFindings(exchange, [{ message: "the content-type is not application/json", status: 400 }]);
    }
    try {
      return JSON.parse(text);
    } catch {
      this.#recordFindings(exchange, [{ message: "the body is not JSON", status: 400 }]);
    }
  }

  /** Records findings as violations, and rejects the request where Fly would. */
  #recordFindings(exchange: Exchange, findings: Finding[]): void {
    for (const finding of findings) this.#recordViolation(exchange, "request", finding.message);
    const refused = findings.find((finding) => finding.status !== null);
    if (refused) throw new ApiError(refused.status ?? 400, `invalid_argument: ${refused.message}`);
  }

  #recordViolation(exchange: Exchange, of: Violation["of"], message: string): void {
    this.violations.push({ of, method: exchange.record.method, path: exchange.record.path, message });
  }

  #send({ response, record, ...rest }: Exchange, operation: MatchedOperation | null, answer: ApiResponse): void {
    if (response.destroyed) return;
    record.status = answer.status;
    if (operation && answer.body !== undefined) {
      const asSent: unknown = JSON.parse(JSON.stringify(answer.body));
      for (const finding of this.#checkResponse(operation, answer.status, asSent)) {
        this.#recordViolation({ response, record, ...rest }, "answer", finding.message);
      }
    }
    const body = answer.body === undefined ? "" : JSON.stringify(answer.body);
    response.writeHead(answer.status, {
      "fly-request-id": record.requestId,
      server: "Fly/simulator",
      via: "1.1 fly.io",
      ...(body !== "" && { "content-type": "application/json; charset=utf-8" }),
      ...(answer.status === 429 && { "retry-after": String(RATE_LIMITS.retryAfterS.value) }),
    });
    response.end(body);
  }

  #checkResponse(operation: MatchedOperation, status: number, body: unknown): Finding[] {
    // A lease is wrapped, which is one of the differences. Its content follows the document.
    const isLease = operation.id === "Machines_show_lease" || operation.id === "Machines_create_lease";
    const inner =
      isLease && status < 400 && typeof body === "object" && body !== null && "data" in body ? body.data : body;
    return this.#document.checkAnswer(operation, status, inner);
  }
}

/** Returns the key of a rate limit: the machine, else the app, else the token. */
function findRateKey(operation: MatchedOperation, token: Token): string {
  return operation.path.machine_id ?? operation.path.app_name ?? token.text;
}

function toErrorResponse(error: ApiError): ApiResponse {
  return {
    status: error.status,
    body: { error: error.message, ...(error.code !== undefined && { status: error.code }) },
  };
}
