import { z } from "zod";
import { recordChange } from "../admin-log/record.ts";
import { requireAdmin, requireOwner, type SessionUser, type UserRole } from "../auth/user.ts";
import { db } from "../db/client.ts";
import type { Prisma } from "../db/generated/client.ts";
import { AppError } from "../errors/app-error.ts";
import { getSettings, setSettings } from "./settings.ts";

/** What a person may have: deployments, deployments that are not stopped, and analyses in a day. */
export const QUOTA_NAMES = ["deployments", "running", "analyses"] as const;
export type QuotaName = (typeof QUOTA_NAMES)[number];

/** The most of each; null for no limit. */
export type Quotas = Record<QuotaName, number | null>;

/** A person's quota and what they have used of it. */
export interface QuotaUse {
  name: QuotaName;
  used: number;
  max: number | null;
}

/** The time for which analyses are counted, from the first of them on. */
export const ANALYSES_WINDOW_MS = 24 * 60 * 60 * 1_000;

/** The defaults until the owner chooses others: enough for a team, and an end for a program that runs wild. */
const INITIAL_DEFAULTS: Quotas = { deployments: 100, running: 50, analyses: 500 };
/** A stored default without a limit. */
const NO_LIMIT = "none";
const MAX_QUOTA = 100_000;
const COLUMNS = { deployments: "maxDeployments", running: "maxRunning", analyses: "maxAnalyses" } as const;

const quotaSchema = z
  .number("Enter a whole number.")
  .int("Enter a whole number.")
  .min(0, "Enter 0 or more.")
  .max(MAX_QUOTA, `Enter at most ${MAX_QUOTA}.`)
  .nullable();

/** Parses quotas as a form sends them. */
export const quotasSchema = z.object({ deployments: quotaSchema, running: quotaSchema, analyses: quotaSchema });

/** Returns the key under which a person's analyses are counted. */
export function keyAnalyses(userId: string): string {
  return `analyses-of-day:${userId}`;
}

/** Returns the quotas of everyone without their own. The owner of the instance has none. */
async function loadDefaultQuotas(): Promise<Quotas> {
  const stored = await getSettings(["quota_deployments", "quota_running", "quota_analyses"]);
  const read = (name: QuotaName) => {
    const value = stored[`quota_${name}`];
    if (value === undefined) return INITIAL_DEFAULTS[name];
    return value === NO_LIMIT ? null : Number(value);
  };
  return { deployments: read("deployments"), running: read("running"), analyses: read("analyses") };
}

/** Sets the quotas of everyone without their own; null for no limit. Throws AppError `forbidden` for everyone but the owner. */
export async function saveDefaultQuotas(user: SessionUser, quotas: Quotas): Promise<void> {
  requireOwner(user);
  const store = (max: number | null) => (max === null ? NO_LIMIT : String(max));
  await setSettings({
    quota_deployments: store(quotas.deployments),
    quota_running: store(quotas.running),
    quota_analyses: store(quotas.analyses),
  });
}

/** Sets a person's own quotas; null for the default. Throws AppError `forbidden` for everyone but the owner, `not_found`. */
export async function savePersonQuotas(user: SessionUser, id: string, quotas: Quotas): Promise<void> {
  requireOwner(user);
  const data = { maxDeployments: quotas.deployments, maxRunning: quotas.running, maxAnalyses: quotas.analyses };
  await db().$transaction(async (tx) => {
    const [person] = await tx.user.updateManyAndReturn({ where: { id }, data, select: { email: true } });
    if (!person) throw new AppError("not_found", "This person has no account any more.");
    const summary = `Set the quotas of ${person.email}.`;
    await recordChange(tx, { action: "people.quotas-changed", userId: user.id, summary });
  });
}

/** The quotas that an owner or admin sees: the defaults, and those of each person who has their own. Throws AppError `forbidden`. */
export async function viewQuotas(user: SessionUser): Promise<{ defaults: Quotas; own: Record<string, Quotas> }> {
  requireAdmin(user);
  const [defaults, rows] = await Promise.all([loadDefaultQuotas(), db().user.findMany({ select: OWN_COLUMNS })]);
  return { defaults, own: Object.fromEntries(rows.map((row) => [row.id, toOwnQuotas(row)])) };
}

const OWN_COLUMNS = { id: true, role: true, maxDeployments: true, maxRunning: true, maxAnalyses: true } as const;

interface OwnColumns {
  role: UserRole;
  maxDeployments: number | null;
  maxRunning: number | null;
  maxAnalyses: number | null;
}

function toOwnQuotas(row: OwnColumns): Quotas {
  return { deployments: row.maxDeployments, running: row.maxRunning, analyses: row.maxAnalyses };
}

/** Returns the quotas that apply to a person. */
export async function loadQuotas(userId: string): Promise<Quotas> {
  const [defaults, row] = await Promise.all([
    loadDefaultQuotas(),
    db().user.findUnique({ where: { id: userId }, select: OWN_COLUMNS }),
  ]);
  return row === null ? defaults : toQuotas(row, defaults);
}

function toQuotas(row: OwnColumns, defaults: Quotas): Quotas {
  const own = (name: QuotaName) => row[COLUMNS[name]] ?? (row.role === "owner" ? null : defaults[name]);
  return { deployments: own("deployments"), running: own("running"), analyses: own("analyses") };
}

/** Returns a person's quotas with what they have used of each. */
export async function loadQuotaUse(userId: string, now = new Date()): Promise<QuotaUse[]> {
  const [quotas, deployments, running, analyses] = await Promise.all([
    loadQuotas(userId),
    db().deployment.count({ where: whereCounted(userId, "deployments") }),
    db().deployment.count({ where: whereCounted(userId, "running") }),
    db().rateCount.findUnique({ where: { key: keyAnalyses(userId) } }),
  ]);
  const isOver = analyses === null || now.getTime() - analyses.startedAt.getTime() >= ANALYSES_WINDOW_MS;
  const used = { deployments, running, analyses: isOver ? 0 : analyses.count };
  return QUOTA_NAMES.map((name) => {
    const max = quotas[name];
    // A refused analysis is counted as one more than there may be.
    return { name, max, used: name === "analyses" && max !== null ? Math.min(used[name], max) : used[name] };
  });
}

/** The deployments that count: all but those that are being deleted; for `running`, also without those that are stopped. */
function whereCounted(userId: string, name: "deployments" | "running"): Prisma.DeploymentWhereInput {
  return { ownerId: userId, desired: name === "running" ? "running" : { not: "deleted" } };
}

/**
 * Refuses the change of a transaction that leaves a person with more than their quota. Called after the change, in its transaction: of
 * two changes at once the second sees the first.
 *
 * @param quotas the person's, loaded before the transaction, which must not wait for a second connection
 * @throws AppError `quota_reached`
 */
export async function requireQuota(
  tx: Prisma.TransactionClient,
  userId: string,
  quotas: Quotas,
  names: readonly ("deployments" | "running")[],
): Promise<void> {
  if (names.every((name) => quotas[name] === null)) return;
  // Not "for update": the rows of both changes refer to the person's, and each would wait for the other.
  await tx.$queryRaw`select id from users where id = ${userId}::uuid for no key update`;
  for (const name of names) {
    const max = quotas[name];
    if (max === null || (await tx.deployment.count({ where: whereCounted(userId, name) })) <= max) continue;
    const what = name === "running" ? "running deployments" : "deployments";
    const toDo = name === "running" ? "Stop one that you do not need now" : "Delete one that you no longer need";
    throw new AppError("quota_reached", `Your quota is ${max} ${what}, and it is used up.`, {
      hint: `${toDo}, or ask the owner of this Catwalk for more.`,
    });
  }
}
