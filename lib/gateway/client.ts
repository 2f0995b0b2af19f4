import { gatewayParts } from "./instance.ts";
import { callToolWith, type ToolCall, type ToolCallOptions } from "./tool-calls.ts";

export type { ToolCall, ToolCallOptions } from "./tool-calls.ts";

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
  return callToolWith(gatewayParts(), userId, deploymentId, name, args, options);
}
