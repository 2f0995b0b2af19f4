import { quantile } from "./report.ts";
import { openSession } from "./session.ts";
import { requestText, type Target } from "./wire.ts";

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

/** Makes so many calls over so many connections at once. */
export async function loadCalls(target: Target, clients: number, calls: number): Promise<void> {
  let left = calls;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = await connect(target);
      while (left-- > 0) await client.call();
      await client.close();
    }),
  );
}

async function connect(target: Target): Promise<Client> {
  const wire = await openSession(target);
  let id = 0;
  return {
    async call() {
      const message = `call ${++id}`;
      const startedAt = performance.now();
      const { text } = await wire.send(
        "POST",
        requestText(id, "tools/call", { name: target.tool ?? "echo", arguments: { message } }),
      );
      const tookMs = performance.now() - startedAt;
      if (!text.includes(`Echo: ${message}"`)) throw new Error(`an echo was answered with: ${text.slice(0, 500)}`);
      return tookMs;
    },
    async close() {
      // A server may refuse to end a session (405); a refusal says nothing about calls.
      await wire.send("DELETE", "").catch(() => undefined);
      wire.close();
    },
  };
}
