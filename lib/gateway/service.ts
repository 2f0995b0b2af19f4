import type { IncomingMessage, ServerResponse } from "node:http";
import { db } from "../db/client.ts";
import { loadMaxCalls } from "../deployments/calls/call-retention.ts";
import { loadPayloadRedactor } from "../deployments/calls/payload-redactor.ts";
import { formatConnectorUrl } from "../deployments/connector-url.ts";
import { onDeploymentChange } from "../deployments/events.ts";
import { loadSnapshots, refreshLists, wakeDeployment } from "../deployments/load-snapshot.ts";
import { background } from "../deployments/reconcile/background.ts";
import { env } from "../env/env.ts";
import { RESOURCE_POLICY } from "../http/content-security-policy.ts";
import { SECURITY_HEADERS } from "../http/security-headers.ts";
import { verifyAccessToken } from "../oauth/access-token.ts";
import { recordConnectionEvent } from "../oauth/connection-log.ts";
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
import type { GatewayRequest, GatewayResponse } from "./http/exchange.ts";
import { readHostLimits } from "./limits.ts";
import { MachineClient } from "./machines/machine-client.ts";
import { parseConnectorPath } from "./mounts/connector-path.ts";
import { serveNodeRequest } from "./mounts/node.ts";
import { handleWebRequest } from "./mounts/web.ts";
import { CallRate } from "./rate-limit/call-rate.ts";
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
      load: loadSnapshots,
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
    // Where no process runs between requests, changes of other instances are not announced, so a call waits for a
    // refresh of anything older.
    const { awaitAfterMs, refreshAfterMs } = DEPLOYMENT_CACHE_LIMITS;
    const deployments = new DeploymentCache(source, {
      ...DEPLOYMENT_CACHE_LIMITS,
      awaitAfterMs: env().onVercel ? refreshAfterMs : awaitAfterMs,
    });
    const machineClient = new MachineClient({ source, machineActivity, find: (id) => deployments.find(id) });
    const calls = new CallQueue({
      store: createCallStore({
        db,
        keep: loadMaxCalls,
        loadRedactor: loadPayloadRedactor,
      }),
    });
    const { publicUrl, MCP_ALLOWED_ORIGINS, GATEWAY_MAX_CALLS_PER_S } = env();
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
        onRefused: (deploymentId, problem, client) => {
          const step = problem === "too_many_requests" ? "call-limit" : "challenge";
          background().run(() => recordConnectionEvent({ deploymentId, step, problem, client }));
        },
        allowedOrigins,
        limits: readHostLimits(env()),
        ...(GATEWAY_MAX_CALLS_PER_S > 0 && { callRate: new CallRate(GATEWAY_MAX_CALLS_PER_S) }),
      }),
    };
  });
}

/** Answers one request to a connector URL. Never rejects: every failure becomes a JSON-RPC error. */
export function answerMcpRequest(request: GatewayRequest, deploymentId: string): Promise<GatewayResponse> {
  const { gateway } = getGatewayParts();
  // Where no process outlives a request, deferred work would never be done.
  if (background().isPassive) {
    // The host may cut this short, so the less important work comes last.
    background().run(async () => {
      await flushCalls();
      await gateway.settled();
    });
  }
  return gateway.handle(request, deploymentId);
}

/** Answers one request in a route handler. Never rejects. */
export function handleMcpRequest(request: Request, deploymentId: string): Promise<Response> {
  return handleWebRequest(request, (asked) => answerMcpRequest(asked, deploymentId));
}

/**
 * Answers a request on Node's HTTP server when it is for a connector URL.
 *
 * @returns false, with nothing done, for every other request
 */
export function serveMcpRequest(incoming: IncomingMessage, outgoing: ServerResponse): boolean {
  const deploymentId = parseConnectorPath(incoming.url ?? "");
  if (deploymentId === null) return false;
  serveNodeRequest(incoming, outgoing, (asked) => answerMcpRequest(asked, deploymentId), {
    ...SECURITY_HEADERS,
    "content-security-policy": RESOURCE_POLICY,
  }).catch((error: unknown) => {
    console.error("gateway:", error);
    outgoing.destroy();
  });
  return true;
}

/** Writes the call records still in memory at the end of the process. Gives up when the database does not answer. */
export function flushCalls(): Promise<void> {
  return withTimeout(getGatewayParts().calls.flushAll(), FLUSH_TIMEOUT_MS).catch(() => {});
}

/**
 * Calls a tool for the owner of a deployment, for the Tools tab of its page.
 *
 * @throws AppError `not_found` when the deployment is not this person's, `conflict` when it is stopped,
 *   `machine_unavailable` when it is out of reach or takes longer than five minutes, `handshake_failed` when its server
 *   refuses the session
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
