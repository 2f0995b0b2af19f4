import type { InputFinding, LaunchFinding } from "../inputs/findings.ts";
import { isOfOneCase } from "../inputs/one-case.ts";
import { isPlaceholder } from "../inputs/placeholders.ts";
import {
  preferAccessTokens,
  preferVariables,
  requireClients,
  requireOnlyCredential,
  requirePasswords,
  requirePositions,
  requireSentCredentials,
  requireShownPlaceholders,
  requireStatedFlags,
} from "../inputs/rules.ts";
import type { Input } from "../spec.ts";
import type { RepositoryPackage } from "./repository-package.ts";
import { shownAlways, shownForFew, shownRarely } from "./shown-commands.ts";

/** Applies the rules that look at several inputs at once. */
export function refineInputs(
  inputs: Input[],
  findings: InputFinding[],
  launches: LaunchFinding[],
  {
    twins,
    units,
    slug,
    saidOptional,
    missed,
    sent,
    requested,
  }: {
    twins: ReadonlyMap<string, string>;
    units: RepositoryPackage[];
    slug: string;
    saidOptional: readonly string[];
    missed: ReadonlySet<string>;
    sent: ReadonlySet<string>;
    requested: ReadonlySet<string>;
  },
): Input[] {
  const demanded = new Set(findings.filter((finding) => finding.whenMissing === "fails").map((finding) => finding.key));
  const always = shownAlways(inputs, launches, { twins, units, slug });
  // What alone every command shows is what the server is for, though code may work without it in some way.
  const [sole, ...others] = [...always].filter((key) => !twins.has(key));
  const isSole = ({ key, isComputed }: InputFinding) => others.length === 0 && key === sole && isComputed === true;
  const isSaidOptional = (finding: InputFinding) =>
    finding.required === false || (finding.whenMissing === "default" && !isSole(finding));
  const rare = shownRarely(launches, { units, slug });
  const ofOneCase = findings.flatMap((one) =>
    one.evidence !== "read" && one.required !== true && isOfOneCase(one.description ?? "") ? [one.key] : [],
  );
  const optional = new Set([
    ...saidOptional,
    ...ofOneCase,
    ...listOfOpenStores(inputs),
    ...listOfClouds(inputs, findings),
    ...rare,
    ...findings.filter(isSaidOptional).map((finding) => finding.key),
  ]);
  const named = new Set(findings.filter((finding) => finding.evidence !== "read").map((finding) => finding.key));
  const read = findings.filter((finding) => finding.evidence === "read" && named.has(finding.key));
  const evidence = {
    shownAlways: always,
    read: new Set(read.map((finding) => finding.key)),
    optional,
    areNamedTogether: togetherIn(findings),
  };
  const few = shownForFew(launches, { twins, units, slug });
  const asked = spareOfForms(inputs, findings, new Set(saidOptional));
  const spared = spareFeatures(asked, findings, new Set([...few, ...saidOptional]));
  const placed = preferVariables(requirePositions(spared, evidence), twins);
  const saidByText = findings.filter((finding) => finding.required === false && finding.evidence !== "read");
  const unneeded = new Set([
    ...rare,
    ...saidOptional,
    ...ofOneCase,
    ...listOfOpenStores(inputs),
    ...listOfClouds(inputs, findings),
    ...saidByText.map((finding) => finding.key),
  ]);
  const credited = requireOnlyCredential(preferAccessTokens(placed, demanded), evidence);
  const stated = requireStatedFlags(credited, twins, { missed, shownAlways: always, optional: unneeded });
  const shown = findings.filter((one) => one.evidence === "shown" && one.provenance.from === "readme");
  const shownByMost = new Set(shown.flatMap(({ key }) => (few.has(key) ? [] : [key])));
  const credentialed = requireSentCredentials(requireClients(requirePasswords(stated, evidence), evidence), {
    sent,
    requested,
    shown: shownByMost,
    named,
    optional: unneeded,
  });
  const ofReads = findings.filter(({ evidence: kind }) => kind === "read");
  const withValue = new Set(ofReads.flatMap((one) => (one.whenMissing === "unknown" ? [] : [one.key])));
  return requireShownPlaceholders(credentialed, {
    ...evidence,
    placeholders: new Set(shown.flatMap((one) => (isPlaceholder(one.placeholder ?? "", one.key) ? [one.key] : []))),
    bare: new Set(ofReads.flatMap(({ key }) => (withValue.has(key) ? [] : [key]))),
  });
}

/** The account of a store of keys and values, which asks for none as it is installed. */
const ACCOUNT_OF_STORE =
  /^((?:\w{1,60}_)?(?:REDIS|VALKEY|KEYDB|DRAGONFLY|MEMCACHED?))_(?:USER(?:NAME)?|PASS(?:WORD)?|AUTH|ACL_USER)$/;
const ON_THIS_MACHINE = /\b(?:localhost|127\.0\.0\.1)\b/;

/** Lists the accounts of stores that the code expects on its own machine. */
function listOfOpenStores(inputs: readonly Input[]): string[] {
  const isLocal = (prefix: string) =>
    inputs.some(({ key, default: value }) => key.startsWith(`${prefix}_`) && ON_THIS_MACHINE.test(value ?? ""));
  return inputs.flatMap(({ key }) => {
    const prefix = ACCOUNT_OF_STORE.exec(key)?.[1];
    return prefix !== undefined && isLocal(prefix) ? [key] : [];
  });
}

/** What says that a credential is for the hosted form of a service that people also run themselves: "API key for Acme Cloud". */
const OF_CLOUD = /\b[A-Z]\w{1,30} Cloud\b|\([Cc]loud(?: only)?\)/;

/** Lists the credentials of a hosted service that the code expects on its own machine by default, where the service asks for none. */
function listOfClouds(inputs: readonly Input[], findings: readonly InputFinding[]): string[] {
  const local = inputs.filter(({ default: value }) => ON_THIS_MACHINE.test(value ?? ""));
  const services = new Set(local.map(({ key }) => key.split("_")[0]));
  const isOfCloud = (key: string) =>
    findings.some((one) => one.key === key && OF_CLOUD.test((one.description ?? "").slice(0, 500)));
  return inputs.flatMap(({ key, secret }) =>
    secret && services.has(key.split("_")[0]) && isOfCloud(key) ? [key] : [],
  );
}

/** Lines between two names that stand side by side in a list or an example. */
const MAX_LINES_APART = 4;

/** Returns a test for keys that documentation names side by side, the second in each file that has the first. */
function togetherIn(findings: readonly InputFinding[]): (one: string, other: string) => boolean {
  const placesOf = (key: string) =>
    findings
      .filter((finding) => finding.key === key && finding.evidence !== "read")
      .map(({ provenance }) => {
        const [, file = provenance.where, line] = /^(.*):(\d+)$/.exec(provenance.where) ?? [];
        return { file, line: Number(line ?? Number.NaN) };
      });
  return (one, other) => {
    const others = placesOf(other);
    const places = placesOf(one).map(({ file, line }) =>
      others.filter((place) => place.file === file).map((place) => Math.abs(place.line - line)),
    );
    return (
      places.length > 0 &&
      places.every((distances) => distances.length > 0) &&
      places.flat().some((distance) => distance <= MAX_LINES_APART)
    );
  };
}

/**
 * Makes optional what only some request fails without, where few commands show it, or a text calls it optional, and no text demands it:
 * one feature needs it.
 */
function spareFeatures(inputs: Input[], findings: InputFinding[], few: ReadonlySet<string>): Input[] {
  const isDemand = ({ whenMissing, required }: InputFinding) => whenMissing === "fails" || required === true;
  return inputs.map((input) => {
    if (!input.required || !(few.has(input.key) || isBesideOptionalUser(input, inputs))) return input;
    const own = findings.filter(({ key }) => key === input.key);
    const isLate = own.some(({ whenMissing }) => whenMissing === "fails-later") && !own.some(isDemand);
    return isLate ? { ...input, required: false } : input;
  });
}

/** Makes optional what only another host's form demands, where documentation tells people that the server does without it. */
function spareOfForms(inputs: Input[], findings: InputFinding[], saidOptional: ReadonlySet<string>): Input[] {
  const isDemand = ({ whenMissing, required }: InputFinding) => required === true || whenMissing === "fails";
  return inputs.map((input) => {
    if (!input.required || !saidOptional.has(input.key)) return input;
    const demands = findings.filter((one) => one.key === input.key && isDemand(one));
    const isOfForm = demands.length > 0 && demands.every(({ provenance }) => provenance.from === "smithery.yaml");
    return isOfForm ? { ...input, required: false } : input;
  });
}

/** Returns whether a password's user name may be left out, so that the two serve one use together. */
function isBesideOptionalUser({ key, secret }: Input, inputs: readonly Input[]): boolean {
  const prefix = secret ? /^(\w{1,80}_)PASS(?:WORD)?$/.exec(key)?.[1] : undefined;
  if (prefix === undefined) return false;
  const names = ["USER", "USERNAME", "USER_NAME", "LOGIN", "EMAIL"].map((end) => prefix + end);
  return inputs.some((one) => names.includes(one.key) && !one.required && one.default === null);
}
