import { INITIALIZE_PARAMS, openWire, quantile, requestText, type Target } from "./wire.ts";

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
  return {
    calls: latencies.length,
    callsPerSecond: (latencies.length / tookMs) * 1000,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
}

async function connect(target: Target): Promise<Client> {
  const wire = openWire(target);
  const { session } = await wire.send("POST", requestText(0, "initialize", INITIALIZE_PARAMS));
  wire.headers["mcp-protocol-version"] = INITIALIZE_PARAMS.protocolVersion;
  if (session !== undefined) wire.headers["mcp-session-id"] = session;
  await wire.send("POST", JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" }));
  let id = 0;
  return {
    async call() {
      const message = `call ${++id}`;
      const startedAt = performance.now();
      const { text } = await wire.send("POST", requestText(id, "tools/call", { name: "echo", arguments: { message } }));
      const tookMs = performance.now() - startedAt;
      if (!text.includes(`Echo: ${message}"`)) throw new Error(`an echo was answered with: ${text.slice(0, 500)}`);
      return tookMs;
    },
    async close() {
      await wire.send("DELETE", "");
      wire.close();
    },
  };
}
