import { createHash } from "node:crypto";
import { db } from "../db/client.ts";
import { createAskedInput } from "./inputs/asked-input.ts";
import type { Analysis, Input, Server } from "./spec.ts";

const MAX_FINDINGS = 20;

type Launch = Pick<Server, "runtime" | "package" | "version" | "program" | "module" | "args">;
type FoundInput = Pick<Input, "key" | "target" | "label" | "secret">;

/**
 * Keeps inputs without which a package's server exited at its start. The next analysis of the same version, started the same
 * way, asks for them. Only names
 * are kept: what a server prints may hold values of the person who ran it.
 */
export async function recordStartFindings(server: Launch, inputs: readonly FoundInput[]): Promise<void> {
  const at = toKey(server);
  if (at === null || inputs.length === 0) return;
  const known = await db().startFinding.findMany({ where: at, select: { key: true } });
  const fresh = inputs.filter(({ key }) => !known.some((one) => one.key === key)).slice(0, MAX_FINDINGS - known.length);
  await db().startFinding.createMany({
    data: fresh.map(({ key, target, label, secret }) => ({ ...at, key, target, label, secret })),
    skipDuplicates: true,
  });
}

/** Forgets findings about inputs without which a server has gone live. */
export async function forgetStartFindings(server: Launch, keys: readonly string[]): Promise<void> {
  const at = toKey(server);
  if (at !== null && keys.length > 0) await db().startFinding.deleteMany({ where: { ...at, key: { in: [...keys] } } });
}

/** Returns the analysis with what is known of its package from earlier starts. */
export async function withStartFindings<T extends Omit<Analysis, "id">>(analysis: T): Promise<T> {
  const at = toKey(analysis.server);
  if (at === null) return analysis;
  const findings = await db().startFinding.findMany({ where: at, orderBy: { key: "asc" }, take: MAX_FINDINGS });
  if (findings.length === 0) return analysis;
  const found = findings.map(({ key, target, label, secret }) => ({ key, target: toTarget(target), label, secret }));
  const grouped = new Set(analysis.alternatives.flatMap(({ oneOf }) => oneOf.flat()));
  const keys = new Set(found.map(({ key }) => key));
  const provenance = { from: "start" as const, where: "" };
  const demand = (input: Input): Input => ({
    ...input,
    required: !grouped.has(input.key),
    confidence: Math.max(input.confidence, 0.9),
    provenance: [provenance, ...input.provenance].slice(0, 50),
  });
  const added = found.filter(({ key }) => !analysis.inputs.some((input) => input.key === key)).map(createAskedInput);
  const inputs = [...analysis.inputs, ...added].map((input) => (keys.has(input.key) ? demand(input) : input));
  return {
    ...analysis,
    inputs: inputs.toSorted((a, b) => Number(keys.has(b.key)) - Number(keys.has(a.key))).slice(0, 200),
    alternatives: analysis.alternatives.map((group) =>
      group.oneOf.flat().some((key) => keys.has(key)) ? { ...group, required: true } : group,
    ),
  };
}

/** Returns what findings are kept under: the package at one version, and what is started of it with which fixed arguments. */
function toKey({ runtime, package: name, version, program, module, args }: Launch) {
  if ((runtime !== "npm" && runtime !== "pypi") || name === null || version === null) return null;
  const started = JSON.stringify([program ?? null, module ?? null, args]);
  const launch = createHash("sha256").update(started).digest("hex").slice(0, 32);
  return { registry: runtime, package: name, version, launch };
}

function toTarget(target: string): Input["target"] {
  return target === "arg" ? "arg" : "env";
}
