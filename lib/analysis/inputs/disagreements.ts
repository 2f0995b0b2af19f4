import type { Disagreement, Provenance } from "../spec.ts";
import type { InputFinding } from "./findings.ts";

const MAX_CLAIMS = 4;
const MAX_VALUE_CHARACTERS = 200;
/** Files that state a default. Other files show values that are examples. */
const STATES_DEFAULTS: ReadonlySet<Provenance["from"]> = new Set([
  "server.json",
  "registry",
  "manifest.json",
  "source",
]);

interface Claim {
  value: string;
  provenance: Provenance;
}

/**
 * Finds the facts about one input on which kinds of files disagree: whether it is required, and what the server takes without it. The
 * first claim is of the most trusted kind.
 *
 * @param group findings about one input, the most trusted first
 */
export function listDisagreements(group: InputFinding[], isSecret: boolean): Disagreement[] {
  const required = group.flatMap((finding): Claim[] => {
    const value = claimRequired(finding);
    return value === null ? [] : [{ value, provenance: finding.provenance }];
  });
  const defaults = isSecret
    ? []
    : group.flatMap(({ default: value, provenance }): Claim[] =>
        value && STATES_DEFAULTS.has(provenance.from) ? [{ value, provenance }] : [],
      );
  return [toDisagreement("required", required), toDisagreement("default", defaults)].filter((one) => one !== null);
}

function claimRequired({ required, whenMissing, isComputed, evidence }: InputFinding): string | null {
  if (whenMissing === "fails") return "required";
  // A value that the code works out may be of no use, and a file that shows an input says nothing by leaving the word out.
  if (whenMissing === "default" && !isComputed) return "optional";
  if (required === true) return "required";
  return required === false && evidence === "declared" ? "optional" : null;
}

/** Returns null unless two kinds of files claim different values. Keeps the first claim of each value. */
function toDisagreement(fact: Disagreement["fact"], claims: Claim[]): Disagreement | null {
  const first = new Map<string, Claim>();
  for (const claim of claims) {
    const same = normalize(claim.value);
    if (!first.has(same)) first.set(same, claim);
  }
  const distinct = [...first.values()].slice(0, MAX_CLAIMS);
  if (new Set(distinct.map(({ provenance }) => provenance.from)).size < 2) return null;
  return {
    fact,
    claims: distinct.map(({ value, provenance }) => ({
      value: value.slice(0, MAX_VALUE_CHARACTERS),
      from: provenance.from,
      where: provenance.where.slice(0, 500),
    })),
  };
}

/** "True" and "true", or an address with and without a slash at its end, are one value. */
function normalize(value: string): string {
  const text = value.trim().toLowerCase();
  return text.endsWith("/") ? text.slice(0, -1) : text;
}
