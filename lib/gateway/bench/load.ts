import http from "node:http";
import https from "node:https";

/** Where a subject is called, and with what. */
export interface Target {
  url: string;
  headers: Record<string, string>;
}

export interface Measured {
  calls: number;
  callsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
}

interface Client {
  /** Calls the tool once; resolves with how long it took, in ms. */
  call(): Promise<number>;
  close(): Promise<void>;
}

/**
 * Calls `echo` over so many connections at once, each with a session of its own that sends its next call when it has the answer to the last.
 *
 * @param warmUpMs calls that are not counted
 * @param measureMs calls that are
 */
export async function load(
  target: Target,
  clients: number,
  { warmUpMs, measureMs }: { warmUpMs: number; measureMs: number },
): Promise<Measured> {
  const open = await Promise.all(Array.from({ length: clients }, () => connect(target)));
  const latencies: number[] = [];
  const from = performance.now() + warmUpMs;
  const until = from + measureMs;
  await Promise.all(
    open.map(async (client) => {
      for (;;) {
        const startedAt = performance.now();
        if (startedAt >= until) return;
        const tookMs = await client.call();
        if (startedAt >= from) latencies.push(tookMs);
      }
    }),
  );
  const tookMs = performance.now() - from;
  await Promise.all(open.map((client) => client.close()));
  latencies.sort((a, b) => a - b);
  return {
    calls: latencies.length,
    callsPerSecond: (latencies.length / tookMs) * 1000,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
}

/** The smallest value that at least this share of the sorted values does not exceed. */
function quantile(sorted: number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

async function connect({ url, headers }: Target): Promise<Client> {
  const secure = url.startsWith("https:");
  const agent = new (secure ? https : http).Agent({ keepAlive: true, maxSockets: 1 });
  const common: Record<string, string> = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    ...headers,
  };
  const send = (method: string, body: string) =>
    new Promise<{ text: string; session: string | undefined }>((resolve, reject) => {
      const sent = { ...common, ...(body !== "" && { "content-length": String(Buffer.byteLength(body)) }) };
      const request = (secure ? https : http).request(url, { agent, method, headers: sent }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.once("error", reject);
        response.once("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          if ((response.statusCode ?? 500) >= 300)
            reject(new Error(`${method} was answered ${response.statusCode}: ${text}`));
          else resolve({ text, session: response.headers["mcp-session-id"]?.toString() });
        });
      });
      request.once("error", reject);
      request.end(body);
    });
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "bench", version: "1" } };
  const { session } = await send("POST", JSON.stringify({ jsonrpc: "2.0", id: 0, method: "initialize", params }));
  common["mcp-protocol-version"] = "2025-11-25";
  if (session !== undefined) common["mcp-session-id"] = session;
  await send("POST", JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" }));
  let id = 0;
  return {
    async call() {
      const message = `call ${++id}`;
      const body = { jsonrpc: "2.0", id, method: "tools/call", params: { name: "echo", arguments: { message } } };
      const startedAt = performance.now();
      const { text } = await send("POST", JSON.stringify(body));
      const tookMs = performance.now() - startedAt;
      if (!text.includes(`Echo: ${message}"`)) throw new Error(`an echo was answered with: ${text.slice(0, 500)}`);
      return tookMs;
    },
    async close() {
      await send("DELETE", "");
      agent.destroy();
    },
  };
}
