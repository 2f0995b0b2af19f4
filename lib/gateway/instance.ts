import { db } from "../db/client.ts";
import { loadConnection, refreshLists, wakeDeployment } from "../deployments/connection.ts";
import { onDeploymentChange } from "../deployments/events.ts";
import { background } from "../deployments/reconcile/background.ts";
import { env } from "../env/env.ts";
import { getRuntime } from "../runtime/runtimes.ts";
import { processWide } from "../util/process-wide.ts";
import { withTimeout } from "../util/timeout.ts";
import { CallQueue } from "./calls/call-queue.ts";
import { createCallStore } from "./calls/call-store.ts";
import type { ConnectionSource } from "./deployment.ts";
import { Directory, directoryLimits } from "./deployment-cache.ts";
import { Gateway } from "./gateway.ts";
import { hostLimits } from "./limits.ts";
import { Machines } from "./machines/machine-client.ts";
import { keepEnded } from "./sleep-proxy/ended-store.ts";
import { Wakefulness } from "./sleep-proxy/machine-activity.ts";

const flushTimeoutMs = 3_000;

export interface GatewayParts {
  gateway: Gateway;
  directory: Directory;
  machines: Machines;
  calls: CallQueue;
}

/** The gateway of this process, over the app's database and its runtimes. */
export function gatewayParts(): GatewayParts {
  return processWide("gateway", () => {
    const source: ConnectionSource = {
      load: loadConnection,
      locate: async ({ runtime, machine }) => (machine === null ? null : getRuntime(runtime).endpoint(machine)),
      wake: wakeDeployment,
      sleeps: ({ runtime }) => getRuntime(runtime).sleeps,
      isAwake: async ({ runtime, machine }) => {
        if (machine === null) return false;
        const { state } = await getRuntime(runtime).describe(machine);
        return state === "started";
      },
      refreshLists,
      keepEnded: (deploymentId, marks) => keepEnded(db(), deploymentId, marks),
      onChange: onDeploymentChange,
    };
    const wakefulness = new Wakefulness({ source });
    // Where nothing runs between requests nobody tells of what other instances change: a call waits for what is not quite new.
    const { awaitAfterMs, refreshAfterMs } = directoryLimits;
    const directory = new Directory(source, {
      ...directoryLimits,
      awaitAfterMs: env().onVercel ? refreshAfterMs : awaitAfterMs,
    });
    const machines = new Machines({ source, wakefulness, find: (id) => directory.find(id) });
    const calls = new CallQueue({ store: createCallStore({ db }) });
    const { publicUrl, MCP_ALLOWED_ORIGINS } = env();
    const allowedOrigins = new Set([new URL(publicUrl).origin, ...MCP_ALLOWED_ORIGINS]);
    return {
      directory,
      machines,
      calls,
      gateway: new Gateway({
        source,
        directory,
        machines,
        wakefulness,
        calls,
        allowedOrigins,
        limits: hostLimits(env()),
      }),
    };
  });
}

/** Answers one request to a deployment's connector URL. Never rejects: whatever fails becomes a JSON-RPC error. */
export function handleMcpRequest(request: Request, deploymentId: string): Promise<Response> {
  const { gateway } = gatewayParts();
  // Where no process outlives a request nothing that is put off is ever done.
  if (background().isPassive) {
    // What the host may cut short comes last.
    background().run(async () => {
      await flushCalls();
      await gateway.settled();
    });
  }
  return gateway.handle(request, deploymentId);
}

/** Writes the call records that are still in memory, for the end of the process; gives up when the database does not answer. */
export function flushCalls(): Promise<void> {
  return withTimeout(gatewayParts().calls.settle(), flushTimeoutMs).catch(() => {});
}
