import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { db } from "../db/client.ts";
import type { Prisma } from "../db/generated/client.ts";
import type { MachineRef } from "../runtime/runtime.ts";
import { getRuntime } from "../runtime/runtimes.ts";
import type { CachedLists } from "./deployment-snapshot.ts";
import { notifyDeploymentChange } from "./events.ts";
import { openCachedSpec } from "./machine/spec-cache.ts";
import { storableJson, storableText } from "./redact.ts";
import { type HandshakeAnswers, performHandshake } from "./steps/mcp-handshake.ts";

const REFRESH_TIMEOUT_MS = 65_000;

const itemsSchema = z.array(z.record(z.string(), z.unknown()));
const listsSchema = z.object({
  "prompts/list": itemsSchema.nullable().catch(null),
  "resources/list": itemsSchema.nullable().catch(null),
  "resources/templates/list": itemsSchema.nullable().catch(null),
});
const handshakeSchema = z.looseObject({
  protocolVersion: z.string(),
  capabilities: z.record(z.string(), z.unknown()),
  serverInfo: z.looseObject({ name: z.string(), version: z.string() }),
  instructions: z.string().optional(),
});

/** Parses the columns of a handshake. Returns null before the first one. */
export function parseCachedLists(row: { handshake: unknown; tools: unknown; lists: unknown }): CachedLists | null {
  const handshake = handshakeSchema.safeParse(row.handshake);
  const tools = itemsSchema.safeParse(row.tools);
  if (!handshake.success || !tools.success) return null;
  const lists = listsSchema.safeParse(row.lists);
  return {
    handshake: handshake.data,
    tools: tools.data,
    prompts: lists.data?.["prompts/list"] ?? null,
    resources: lists.data?.["resources/list"] ?? null,
    resourceTemplates: lists.data?.["resources/templates/list"] ?? null,
  };
}

/** Returns the SHA-256 of the lists in hexadecimal. Members of objects are sorted first, so that equal lists have equal digests. */
export function digestLists({ tools, prompts, resources, resourceTemplates }: CachedLists): string {
  const canonical = JSON.stringify({ tools, prompts, resources, resourceTemplates }, (_key, value: unknown) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
  return createHash("sha256").update(canonical).digest("hex");
}

/** The columns of a handshake's answers. */
export type HandshakeColumns = ReturnType<typeof toHandshakeColumns>;

/** Converts a handshake's answers to the columns that keep them. */
export function toHandshakeColumns({ initialize, tools, lists, warnings }: HandshakeAnswers) {
  return {
    handshakeWarnings: warnings.map(storableText),
    handshake: storableJson(initialize) as Prisma.InputJsonValue,
    tools: storableJson(tools) as unknown as Prisma.InputJsonValue,
    lists: storableJson(lists) as unknown as Prisma.InputJsonValue,
  };
}

/**
 * Repeats the handshake with a deployment's machine, saves changed lists and notifies subscribers. Call it for an awake machine: the
 * requests wake one that sleeps, and the deployment then counts as live. A deployment that is incomplete, or was changed meanwhile,
 * is left alone.
 *
 * @throws HandshakeError, or what fetch throws; the saved lists stay
 */
export async function refreshLists(deploymentId: string): Promise<void> {
  const row = await db().deployment.findFirst({
    where: { id: deploymentId, desired: "running", steps: { every: { status: "done" } } },
    include: { credentials: true },
  });
  if (!row || row.machine === null) return;
  const runtime = getRuntime(row.runtime);
  const endpoint = await runtime.endpoint(row.machine as MachineRef);
  if (!endpoint) return;
  const { machine } = openCachedSpec(row, runtime.homePath(row.id));
  const columns = toHandshakeColumns(
    await performHandshake(endpoint, machine.hostToken, AbortSignal.timeout(REFRESH_TIMEOUT_MS)),
  );
  const before = parseCachedLists(row);
  const now = parseCachedLists(columns);
  const isWarned = !isDeepStrictEqual(row.handshakeWarnings, columns.handshakeWarnings);
  const isSame = !isWarned && before && now && JSON.stringify(sorted(before)) === JSON.stringify(sorted(now));
  // The machine has just answered, and its next probe may be a minute away.
  const isShownAsleep = row.status === "sleeping";
  if (isSame && !isShownAsleep) return;
  const { count } = await db().deployment.updateMany({
    where: { id: row.id, generation: row.generation, desired: "running", status: row.status },
    data: { ...columns, ...(isShownAsleep && { status: "live" as const }) },
  });
  if (count > 0) notifyDeploymentChange(row.id);
}

function sorted(cached: CachedLists): unknown[] {
  return [digestLists(cached), Object.entries(cached.handshake).sort(([a], [b]) => (a < b ? -1 : 1))];
}
