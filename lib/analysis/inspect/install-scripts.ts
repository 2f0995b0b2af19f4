import { findInstallScripts } from "../fetch/registries/npm-scripts.ts";
import type { Warning } from "../spec.ts";
import type { Draft } from "../types.ts";

const TIMEOUT_MS = 4_000;
const MAX_NAMED = 20;

/** Looks up the packages of an npm tree that have install scripts. */
export type FindScripts = typeof findInstallScripts;

/**
 * Names the packages whose code runs when the server is installed. They run only because the person saw them; a package that was not
 * looked up in time is not named, and then all of them run.
 */
export async function nameInstallScripts(
  draft: Draft,
  signal: AbortSignal,
  find: FindScripts = findInstallScripts,
): Promise<Draft> {
  const { runtime, package: name, version } = draft.server;
  if (draft.kind !== "stdio" || runtime !== "npm" || name === null || version === null) return draft;
  const until = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const { packages, isComplete } = await find(name, version, until);
  const isKnown = isComplete && packages.length <= 100;
  const server = isKnown ? { ...draft.server, installScripts: packages } : draft.server;
  const found = describeScripts(packages, isKnown);
  return { ...draft, server, warnings: found === null ? draft.warnings : [...draft.warnings, found].slice(-100) };
}

function describeScripts(packages: string[], isKnown: boolean): Warning | null {
  if (packages.length === 0) return null;
  const named = packages.slice(0, MAX_NAMED).join(", ");
  const more = packages.length > MAX_NAMED ? ` and ${packages.length - MAX_NAMED} more` : "";
  const others = isKnown ? "" : " Not every package that it needs could be looked up, so others may do so too.";
  const message = `Installing it runs code of ${named}${more}, with the rights of the server and without its values.${others}`;
  return { code: "install_scripts", message: message.slice(0, 2_000), mustAccept: false };
}
