import { db } from "../db/client.ts";

import { formatConnectorUrl } from "../deployments/connector-url.ts";
import { onDeploymentChange } from "../deployments/events.ts";
import { loadSnapshot, refreshLists, wakeDeployment } from "../deployments/load-snapshot.ts";
import { background } from "../deployments/reconcile/background.ts";
import { env } from "../env/env.ts";
import { verifyAccessToken } from "../oauth/access-token.ts";
import { SCOPE } from "../oauth/issuer.ts";
import { resourceMetadataUrl } from "../oauth/metadata.ts";
import { getRuntime } from "../runtime/runtimes.ts";
import { processWide } from "../util/process-wide.ts";
import { withTimeout } from "../util/timeout.ts";
import { CallQueue } from "./calls/call-queue.ts";
import { createCallStore } from "./calls/call-store.ts";
import { DEPLOYMENT_CACHE_LIMITS, DeploymentCache } from "./deployment-cache.ts";
import type { DeploymentSource } from "./deployment-source.ts";
import { Gateway } from "./gateway.ts";
import { readHostLimits } from "./limits.ts";
import { MachineClient } from "./machines/machine-client.ts";
import { storeEndedSessions } from "./sleep-proxy/ended-sessions.ts";
import { MachineActivity } from "./sleep-proxy/machine-activity.ts";
import { callToolWith, type ToolCall, type ToolCallOptions } from "./tool-calls.ts";

export type { ToolCall, ToolCallOptions } from "./tool-calls.ts";

const FLUSH_TIMEOUT_MS = 3_000;

export interface GatewayParts {
  gateway: Gateway;
  deployments: DeploymentCache;
  machineClient: MachineClient;
  calls: CallQueue;
}

/** The gateway of this process, over the app's database and its runtimes. */
export function getGatewayParts(): GatewayParts {
  return processWide("gateway", () => {
    const source: DeploymentSource = {
      load: loadSnapshot,
      locate: async ({ runtime, machine }) => (machine === null ? null : getRuntime(runtime).endpoint(machine)),
      wake: wakeDeployment,
      suspendsMachines: ({ runtime }) => getRuntime(runtime).sleeps,
      isAwake: async ({ runtime, machine }) => {
        if (machine === null) return false;
        const { state } = await getRuntime(runtime).describe(machine);
        return state === "started";
      },
      refreshLists,
      storeEndedSessions: (deploymentId, marks) => storeEndedSessions(db(), deploymentId, marks),
      onChange: onDeploymentChange,
    };
    const machineActivity = new MachineActivity({ source });
    // Where nothing runs between requests nobody tells of what other instances change: a call waits for what is not quite new.
    const { awaitAfterMs, refreshAfterMs } = DEPLOYMENT_CACHE_LIMITS;
    const deployments = new DeploymentCache(source, {
      ...DEPLOYMENT_CACHE_LIMITS,
      awaitAfterMs: env().onVercel ? refreshAfterMs : awaitAfterMs,
    });
    const machineClient = new MachineClient({ source, machineActivity, find: (id) => deployments.find(id) });
    const calls = new CallQueue({ store: createCallStore({ db }) });
    const { publicUrl, MCP_ALLOWED_ORIGINS } = env();
    const allowedOrigins = new Set([new URL(publicUrl).origin, ...MCP_ALLOWED_ORIGINS]);
    return {
      deployments,
      machineClient,
      calls,
      gateway: new Gateway({
        source,
        deployments,
        machineClient,
        machineActivity,
        calls,
        tokens: {
          verify: verifyAccessToken,
          audienceOf: formatConnectorUrl,
          metadataUrlOf: resourceMetadataUrl,
          scope: SCOPE,
        },
        allowedOrigins,
        limits: readHostLimits(env()),
      }),
    };
  });
}

/** Answers one request to a deployment's connector URL. Never rejects: whatever fails becomes a JSON-RPC error. */
export function handleMcpRequest(request: Request, deploymentId: string): Promise<Response> {
  const { gateway } = getGatewayParts();
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
  return withTimeout(getGatewayParts().calls.flushAll(), FLUSH_TIMEOUT_MS).catch(() => {});
}

/**
 * Calls a tool for the owner of a deployment, as the deployment's page does to try it.
 *
 * @throws AppError `not_found` when the deployment is not this person's, `conflict` when it is stopped, `machine_unavailable` when it
 *   cannot be reached or takes longer than five minutes, `handshake_failed` when its server refuses the session
 */
export function callTool(
  userId: string,
  deploymentId: string,
  name: string,
  args: Record<string, unknown>,
  options: ToolCallOptions = {},
): Promise<ToolCall> {
  return callToolWith(getGatewayParts(), userId, deploymentId, name, args, options);
}
