import { Agent, request as httpRequest } from "node:http";

/** Where a bridge is called, and with what. */
export interface Target {
  url: string;
  headers: Record<string, string>;
}

/** A session over one connection. */
export interface Client {
  /** Calls `echo` once; resolves with how long that took, in ms. */
  call(): Promise<number>;
  /** Ends the session and its connection. */
  close(): Promise<void>;
  /** Ends the connection alone, as a client does that is killed. */
  vanish(): void;
}

export interface Measured {
  /** All that were made, those of the warm-up too. */
  calls: number;
  callsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
}

const requestTimeoutMs = 30_000;
const protocolVersion = "2025-11-25";

/** The message that begins a session, as one JSON text. */
export const initializeMessage = JSON.stringify({
  jsonrpc: "2.0",
  id: 0,
  method: "initialize",
  params: { protocolVersion, capabilities: {}, clientInfo: { name: "bench", version: "1" } },
});

interface Answer {
  text: string;
  session: string | undefined;
}

/** Sends one request of the transport; rejects unless its status is 2xx and it has an answer within 30 s. */
export function send({ url, headers }: Target, agent: Agent, method: string, body: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...headers,
      ...(body !== "" && { "content-length": String(Buffer.byteLength(body)) }),
    };
    const request = httpRequest(url, { agent, method, headers: sent, timeout: requestTimeoutMs }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        const { statusCode = 500 } = response;
        if (statusCode >= 300) reject(new Error(`${method} was answered ${statusCode}: ${text.slice(0, 500)}`));
        else resolve({ text, session: response.headers["mcp-session-id"]?.toString() });
      });
    });
    request.once("timeout", () => request.destroy(new Error(`${method} was not answered in ${requestTimeoutMs} ms`)));
    request.once("error", reject);
    request.end(body);
  });
}

/** Opens a session. */
export async function connect(target: Target): Promise<Client> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const { session } = await send(target, agent, "POST", initializeMessage);
  const inSession: Target = {
    url: target.url,
    headers: {
      ...target.headers,
      "mcp-protocol-version": protocolVersion,
      ...(session !== undefined && { "mcp-session-id": session }),
    },
  };
  await send(inSession, agent, "POST", JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" }));
  let id = 0;
  return {
    async call() {
      const message = `call ${++id}`;
      const params = { name: "echo", arguments: { message } };
      const body = JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params });
      const startedAt = performance.now();
      const { text } = await send(inSession, agent, "POST", body);
      const tookMs = performance.now() - startedAt;
      if (!text.includes(`Echo: ${message}"`)) throw new Error(`an echo was answered with: ${text.slice(0, 500)}`);
      return tookMs;
    },
    async close() {
      await send(inSession, agent, "DELETE", "");
      agent.destroy();
    },
    vanish: () => agent.destroy(),
  };
}

/** Lets the clients make so many calls between them, or as many as they can in `atMostMs`. Gives how many. */
export async function serve(clients: Client[], calls: number, atMostMs: number): Promise<number> {
  const deadline = performance.now() + atMostMs;
  let made = 0;
  const work = async (client: Client) => {
    while (made < calls && performance.now() < deadline) {
      made++;
      await client.call();
    }
  };
  await Promise.all(clients.map(work));
  return made;
}

/** Lets each client call in a closed loop: the next call when the last is answered. Calls of the warm-up are not counted. */
export async function load(clients: Client[], warmUpMs: number, measureMs: number): Promise<Measured> {
  const latencies: number[] = [];
  let calls = 0;
  const from = performance.now() + warmUpMs;
  const until = from + measureMs;
  await Promise.all(
    clients.map(async (client) => {
      for (;;) {
        const startedAt = performance.now();
        if (startedAt >= until) return;
        const tookMs = await client.call();
        calls++;
        if (startedAt >= from) latencies.push(tookMs);
      }
    }),
  );
  const tookMs = performance.now() - from;
  latencies.sort((a, b) => a - b);
  return {
    calls,
    callsPerSecond: (latencies.length / tookMs) * 1000,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
}

/** The smallest value that at least this share of the sorted values does not exceed. */
function quantile(sorted: number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** The one in the middle. */
export function median(values: number[]): number {
  return quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}
