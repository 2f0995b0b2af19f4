import type { Input } from "../spec.ts";
import type { ModelAnswer } from "./answer.ts";
import { isCode } from "./code-names.ts";
import { type Evidence, isDocumentation, isOfNetwork, lineOf, placeInFiles } from "./evidence.ts";
import type { Place } from "./place.ts";
import { isComposed } from "./read-proof.ts";
import { isDeclared } from "./requirement-proof.ts";

/** Code about what a person who runs the server over stdio never sets: tests, network transports, the vendor's hosting. */
const OF_HOSTING = /\btests?\b|(http|sse)_?(server|transport|app|port|listener)|vercel|lambda|cloudflare/i;
/** Folders that hold programs for a build or an editor. */
const OF_SCRIPTS = /(^|\/)\.[\w-]+\//;
/** Characters between a name and what a sentence says of it. */
const MAX_GAP = 60;
const MAX_COMMAND_LINES = 30;

/**
 * Lists keys that a line shows to be none of the server's over stdio, and those of an answer that can be trusted which nothing but code
 * names. Only what is required nowhere, declared nowhere and part of no choice can be left out.
 *
 * @param added keys that the same answer adds
 */
export function listUnneeded(answer: ModelAnswer, added: ReadonlySet<string>, evidence: Evidence): Set<string> {
  const grouped = new Set(evidence.draft.alternatives.flatMap((group) => group.oneOf.flat()));
  const droppable = new Map(
    evidence.draft.inputs
      .filter(({ key, required }) => !required && !evidence.demanded.has(key) && !grouped.has(key))
      .filter((input) => !isDeclared(input))
      .map((input) => [input.key, input]),
  );
  const keys = answer.unneeded.slice(0, 1_000).flatMap((one) => {
    const input = droppable.get(one.key);
    if (!input) return [];
    if (evidence.isTrusted && isOnlyRead(input)) return [one.key];
    const place = lineOf(one, evidence);
    return place?.has(one.key) && isUnneeded(input, place, added, evidence) ? [one.key] : [];
  });
  return new Set(keys);
}

function isUnneeded(input: Input, place: Place, added: ReadonlySet<string>, evidence: Evidence): boolean {
  const { key, provenance } = input;
  if (isDocumentation(place.file.path))
    return isOfNetwork(around(place.line, key)) || isOfOtherCommand(input, place, evidence) || isOfTests(input);
  if (!isOnlyRead(input) || !isCode(place.file.path)) return false;
  if (OF_HOSTING.test(withoutNames(place.line))) return true;
  if (provenance.every(({ where }) => OF_SCRIPTS.test(where))) return true;
  // "SERVER_NAME" is the rest of GITHUB_MCP_SERVER_NAME, which the code puts together.
  return [...added].some((one) => one.endsWith(`_${key}`) && isComposed(one, evidence));
}

function isOnlyRead({ provenance }: Input): boolean {
  return provenance.every((one) => one.from === "source");
}

/** Returns what stands near a name. A row of a table speaks of the name in its first cell. */
function around(line: string, key: string): string {
  const at = line.indexOf(key);
  if (/^\s*\|.*\|/.test(line.slice(0, at))) return "";
  return line.slice(Math.max(0, at - MAX_GAP), at + key.length + MAX_GAP);
}

/** A line without the names of variables and the texts in it, which speak of what the server is for. */
function withoutNames(line: string): string {
  return line.replace(/"[^"]*"|'[^']*'|`[^`]*`/g, " ").replace(/\b[A-Z][A-Z0-9]*_[A-Z0-9_]+/g, " ");
}

/** A variable for tests, which no code of the server reads. */
function isOfTests({ key, provenance }: Input): boolean {
  return /^(TEST|E2E)_/.test(key) && provenance.every((one) => one.from !== "source");
}

/** Returns whether documentation shows a variable only in a command that starts a container of another program. */
function isOfOtherCommand({ provenance }: Input, { file, lineNumber }: Place, { draft }: Evidence): boolean {
  const lines = file.text.split("\n", lineNumber + MAX_COMMAND_LINES);
  const isContinued = (index: number) => /\\\s*$/.test((lines[index] ?? "").slice(-200));
  let first = lineNumber - 1;
  let last = first;
  while (first > 0 && lineNumber - first < MAX_COMMAND_LINES && isContinued(first - 1)) first -= 1;
  while (last < lines.length - 1 && isContinued(last)) last += 1;
  const command = lines
    .slice(first, last + 1)
    .map((line) => line.slice(0, 500))
    .join(" ")
    .toLowerCase();
  if (!/\b(docker|podman) (container )?run\b/.test(command) || command.includes("mcp")) return false;
  const own = [draft.server.package, draft.server.name, draft.source.repository].map((name) => name?.toLowerCase());
  if (own.some((name) => name && command.includes(name))) return false;
  return provenance
    .map((one) => placeInFiles(one.where))
    .every((where) => {
      const line = Number(/:(\d+)$/.exec(where)?.[1]);
      return where === `${file.path}:${line}` && line > first && line <= last + 1;
    });
}
