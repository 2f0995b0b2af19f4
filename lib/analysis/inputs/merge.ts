import { isPlainText, toVisibleText } from "../plain-text.ts";
import type { Input, Provenance } from "../spec.ts";
import { isLikelyOfCi } from "./ci-variables.ts";
import { listDisagreements } from "./disagreements.ts";
import type { InputFinding } from "./findings.ts";
import {
  formatLabel,
  guessType,
  isGenericName,
  isHostingOnlyName,
  isKeyBehindUse,
  isModeName,
  isNetworkTransport,
  isOwnAddress,
  isPlatformName,
  isProgramFlag,
  isSecretName,
  isTransportName,
  toReadableLabel,
  upperName,
} from "./input-names.ts";
import { isOfOneCase } from "./one-case.ts";
import { isNoValue, isPlaceholder } from "./placeholders.ts";
import { toSentences } from "./sentences.ts";
import { isRuntimeFlag, isSteeringVariable } from "./steering-variables.ts";

/** How much one finding adds to the certainty that the server reads the input. */
const EVIDENCE_WEIGHTS: Record<InputFinding["evidence"], number> = {
  declared: 0.7,
  shown: 0.5,
  mentioned: 0.25,
  read: 0.6,
};

const TRUST_ORDER: Provenance["from"][] = [
  "server.json",
  "registry",
  "manifest.json",
  "smithery.yaml",
  "gemini-extension.json",
  "readme",
  "env-example",
  "source",
  "model",
];

const OWN_DEFAULTS: ReadonlySet<Provenance["from"]> = new Set(["source", "server.json", "registry"]);

/** What the makers of a server say of it to every client. */
const OWN_MANIFESTS: ReadonlySet<Provenance["from"]> = new Set(["server.json", "manifest.json"]);

const MAX_INPUTS = 200;
const MAX_PROVENANCE = 50;

/**
 * Merges findings into one input for each key. For each field the most trusted finding wins.
 *
 * @param findings findings of all readers about this server
 * @param occurs whether a name occurs anywhere in the server's source; null when no source was read
 */
export function mergeInputs(findings: InputFinding[], occurs: ((key: string) => boolean) | null): Input[] {
  const groups = new Map<string, InputFinding[]>();
  for (const finding of findings) {
    if (finding.key === "" || finding.key.length > 200) continue;
    const id = `${finding.target}:${finding.key}`;
    const group = groups.get(id);
    if (group) group.push(finding);
    else groups.set(id, [finding]);
  }
  const inputs: Input[] = [];
  const read = findings.flatMap(({ key, evidence }) => (evidence === "read" ? [key] : []));
  const accounts = listAccounts(findings);
  for (const group of groups.values()) {
    const isOnlyRead = group.every(({ evidence }) => evidence === "read");
    if (isOnlyRead && isLikelyOfCi(group[0]?.key ?? "", read)) continue;
    const sorted = [...group].sort((a, b) => rank(a) - rank(b));
    if (belongs(sorted, occurs, accounts)) inputs.push(mergeGroup(sorted));
  }
  return sortInputs(inputs).slice(0, MAX_INPUTS);
}

function rank(finding: InputFinding): number {
  return TRUST_ORDER.indexOf(finding.provenance.from) + (finding.evidence === "mentioned" ? 0.5 : 0);
}

/** An example environment may be meant for a container or a build, and an extension of a client for more than the server. */
const OF_ANOTHER_USE: ReadonlySet<Provenance["from"]> = new Set(["env-example", "gemini-extension.json"]);

/** An older name of an input that the code takes along for a while. */
const DEPRECATED = /^\W{0,3}deprecated\b/i;

function belongs(
  group: InputFinding[],
  occurs: ((key: string) => boolean) | null,
  accounts: ReadonlySet<string>,
): boolean {
  const key = group[0]?.key ?? "";
  const has = (evidence: InputFinding["evidence"]) => group.some((finding) => finding.evidence === evidence);
  const isArgument = group[0]?.target === "arg";
  if (isArgument ? isRuntimeFlag(key) : isSteeringVariable(key)) return false;
  // The beginning of names: `MCP_DEFAULT_*`.
  if (!isArgument && key.endsWith("_")) return false;
  if (key.startsWith("-") && isProgramFlag(key) && !group.some((one) => one.whenMissing === "fails")) return false;
  if (isOfTransport(group)) return choosesStdio(group);
  const isOnlyRead = group.every((finding) => finding.evidence === "read");
  if (isOnlyRead && group.some((finding) => DEPRECATED.test(finding.description ?? ""))) return false;
  // Text that only speaks of a name of hosting explains how to host it, unless it lists the name as required.
  const isDemanded = group.some((finding) => finding.isListed && finding.required === true);
  const isDocumented = has("declared") || has("shown") || isDemanded;
  const isUsed = isDocumented || group.some((finding) => finding.isOfWay);
  // A platform sets variables. A flag without which the program ends is a person's, whatever it is named for.
  const isDemandedFlag = isArgument && group.some((finding) => finding.whenMissing === "fails");
  if (!isDemandedFlag && (isPlatformName(key) || (!isUsed && isHostingOnlyName(key)))) return false;
  const isSure = (one: InputFinding) => !OF_ANOTHER_USE.has(one.provenance.from);
  if (group.some((one) => one.evidence === "declared" && isSure(one))) return true;
  // How much a server logs is read by people here. Where to, they are not asked, unless documentation lists it.
  const isOfLog =
    /^(MCP_)?(LOG_?LEVEL|LOGGING_LEVEL|DEBUG)$/.test(key) ||
    (/^(MCP_)?LOG_?(FORMAT|FILE|DIR|PATH)$/.test(key) && group.some((finding) => finding.isListed));
  const isAccount = has("read") && (accounts.has(key) || (USER_NAME.test(key) && has("shown")));
  if (isGenericName(key) && !isAccount && !(isOfLog && has("read"))) return false;
  if (has("read")) return true;
  // The server's own source decides about what only a file for another use names.
  const shown = group.filter(({ evidence }) => evidence === "shown" || evidence === "declared");
  if (shown.some(isSure)) return true;
  const isNamed = shown.length > 0 || group.some((finding) => finding.isListed && finding.target === "env");
  return isNamed && (occurs === null ? shown.length > 0 : occurs(key));
}

/** Every machine has USERNAME. One that a client's configuration sets, or that code reads beside a password, is an account's of the service. */
const USER_NAME = /^USER(?:NAME)?$/;
const BARE_PASSWORD = /^(?:PASSWORD|PASSWD|PASS)$/;
/** Lines between the reads of an account's two values. */
const MAX_LINES_APART = 5;

/** Lists the names of every machine that the code reads beside a password, as those of an account of the service. */
function listAccounts(findings: readonly InputFinding[]): Set<string> {
  const placesOf = (name: RegExp) =>
    findings.flatMap(({ key, evidence, provenance }) => {
      const [, path, line] = /^(.*):(\d+)$/.exec(provenance.where) ?? [];
      return evidence === "read" && name.test(key) && path !== undefined ? [{ key, path, line: Number(line) }] : [];
    });
  const passwords = placesOf(BARE_PASSWORD);
  const isBeside = ({ path, line }: { path: string; line: number }) =>
    passwords.some((one) => one.path === path && Math.abs(one.line - line) <= MAX_LINES_APART);
  return new Set(placesOf(USER_NAME).flatMap((one) => (isBeside(one) ? [one.key] : [])));
}

function isOfTransport(group: InputFinding[]): boolean {
  return isTransportName(group[0]?.key ?? "") && !group.some(isOwnAddress);
}

/** Returns whether a variable must be "stdio" because the server uses another transport without it. */
function choosesStdio(group: InputFinding[]): boolean {
  const isChoice = group[0]?.target === "env" && /TRANSPORT(_TYPE|_MODE)?$/.test(group[0].key);
  return isChoice && group.some((finding) => finding.evidence === "read" && isNetworkTransport(finding.default ?? ""));
}

function mergeGroup(group: InputFinding[]): Input {
  const first = group[0];
  if (!first) throw new Error("a group has at least one finding");
  const { key, target } = first;
  const pick = <T>(of: (finding: InputFinding) => T | null | undefined): T | null => {
    for (const finding of group) {
      const value = of(finding);
      if (value !== null && value !== undefined && value !== "") return value;
    }
    return null;
  };
  const secret = judgeSecret(key, group);
  // What one place has in the value's stead does not help where another one fails.
  const isDemanded = group.some(({ evidence, whenMissing }) => evidence === "read" && whenMissing === "fails");
  const fallback = isOfTransport(group) ? "stdio" : secret || isDemanded ? null : pick(ownDefault);
  const label = pick((finding) => finding.label);
  const shown = (label === null ? formatLabel(key) : toReadableLabel(label)).slice(0, 200);
  const disagreements = listDisagreements(group, secret);
  const doubt = group.reduce((product, finding) => product * (1 - EVIDENCE_WEIGHTS[finding.evidence]), 1);
  return {
    key,
    target,
    label: toVisibleText(shown),
    description: toSentences(toVisibleText(describe(group) ?? ""), shown),
    type: pick((finding) => finding.type) ?? guessType(key),
    ...listGuesses(group, key),
    required: fallback === null && judgeRequired(group, secret),
    secret,
    default: fallback?.slice(0, 10_000) ?? null,
    prefill: judgePrefill(group, secret)?.slice(0, 10_000) ?? null,
    choices:
      pick((finding) => finding.choices)
        ?.slice(0, 200)
        .map((choice) => choice.slice(0, 500)) ?? null,
    placeholder: toVisibleText(judgePlaceholder(group, secret)?.slice(0, 500) ?? "") || null,
    template: pick((finding) => finding.template)?.slice(0, 500) ?? null,
    provenance: uniqueProvenance(group).slice(0, MAX_PROVENANCE),
    ...(disagreements.length > 0 && { disagreements }),
    confidence: Math.min(0.99, Math.round((1 - doubt) * 100) / 100),
  };
}

/**
 * The description of the most trusted place. A comment in a README's block often speaks of the whole command, so that a list or a
 * table that speaks of the input goes first.
 */
function describe(group: InputFinding[]): string | null {
  const isOfBlock = ({ evidence, provenance }: InputFinding) => evidence === "shown" && provenance.from === "readme";
  const position = (finding: InputFinding) => rank(finding) + (isOfBlock(finding) ? 0.75 : 0);
  const described = group.filter((finding) => finding.description);
  return described.sort((a, b) => position(a) - position(b))[0]?.description ?? null;
}

/** Lists which of an input's facts no declaration states: those that come from its name, an example, or the code. */
function listGuesses(group: InputFinding[], key: string): Pick<Input, "guessed"> {
  const typed = group.find((finding) => finding.type);
  const choosing = group.find((finding) => finding.choices);
  const guessed: ("type" | "choices")[] = [];
  if (typed?.evidence !== "declared" && (typed?.type ?? guessType(key)) !== "string") guessed.push("type");
  if (choosing && choosing.evidence !== "declared") guessed.push("choices");
  return guessed.length > 0 ? { guessed } : {};
}

/**
 * The value that the server takes by itself: what its code or its server.json says. An example's value is none, since the
 * server would get it though nobody chose it.
 */
function ownDefault(finding: InputFinding): string | null | undefined {
  if (!OWN_DEFAULTS.has(finding.provenance.from) || !isPlainText(finding.default ?? "")) return null;
  return isNoValue(finding.default ?? "") ? null : finding.default;
}

/**
 * The value that the server is given unless the person clears it: "stdio" where it would choose another transport, and what
 * server.json gives it and the code does not have.
 */
function judgePrefill(group: InputFinding[], secret: boolean): string | null {
  if (isOfTransport(group)) return "stdio";
  const isOwn = group.some(({ provenance, default: own }) => provenance.from === "source" && own);
  return secret || isOwn ? null : (group.find(({ prefill }) => prefill)?.prefill ?? null);
}

/** A placeholder that only says that it is one. */
const SAYS_NOTHING = /^\W{0,3}(?:placeholder|value|x{3,20}|\.{3}|…|todo|tbd|string|redacted)\W{0,3}$/i;

/** A value to show in the empty field: a placeholder, or the value that an example or a manifest proposes. */
function judgePlaceholder(group: InputFinding[], secret: boolean): string | null {
  const written = group.map((finding) => finding.placeholder).find((one) => one && !SAYS_NOTHING.test(one));
  if (written || secret) return written ?? null;
  return group.filter((finding) => ownDefault(finding) === null).find((finding) => finding.default)?.default ?? null;
}

function uniqueProvenance(group: InputFinding[]): Provenance[] {
  const seen = new Map(
    group.map((finding) => [`${finding.provenance.from} ${finding.provenance.where}`, finding.provenance]),
  );
  return [...seen.values()].map(({ from, where }) => ({ from, where: where.slice(0, 500) }));
}

/**
 * Judges whether a value is secret. A declaration can make any value secret; one that forgets to does not make a token
 * public.
 */
function judgeSecret(key: string, group: InputFinding[]): boolean {
  if (group.some((finding) => finding.secret === true)) return true;
  // The code compares it with words: they name ways to sign in.
  if (isModeName(key) && group.some(({ evidence, secret }) => evidence === "read" && secret === false)) return false;
  if (isSecretName(key)) return true;
  // A placeholder such as "your-key" stands for a value, never for a switch.
  if (isKeyBehindUse(key) && group.some(({ placeholder }) => placeholder && isPlaceholder(placeholder, key)))
    return true;
  // A position's key says nothing; its name does.
  if (key.startsWith("position ") && group.some(({ label }) => label && isSecretName(label))) return true;
  const isCredential = (text: string) => HOLDS_CREDENTIAL.test(text) || STANDS_FOR_CREDENTIAL.test(text);
  if (group.some(({ placeholder }) => isCredential((placeholder ?? "").slice(0, 500)))) return true;
  return (
    group.some((finding) => /\bBearer\b|\bAuthorization\b/.test(finding.placeholder ?? "")) &&
    !upperName(key).includes("PASSTHROUGH")
  );
}

/** Settings as JSON that have a credential in them, and an address with one. */
const HOLDS_CREDENTIAL =
  /["'](?:password|passwd|secret|client_?secret|(?:x-)?api[-_]?key|private_?key|(?:access_?|auth_?|api_?|bearer_?)?token)["']\s{0,3}:\s{0,3}["']|^[a-z][a-z0-9+.-]{1,30}:\/\/[^\s/:@]{1,80}:[^\s/@]{1,80}@/i;

/** A placeholder that tells what belongs there: "your-acme-session-key-here", "<your api token>". */
const STANDS_FOR_CREDENTIAL =
  /^\W{0,3}(?:your|my|enter|insert|paste)[-_ ](?:[\w-]{1,30}[-_ ]){0,4}(?:session[-_ ]?key|api[-_ ]?key|access[-_ ]?key|secret|token|password)(?:[-_ ]here)?\W{0,3}$/i;

/**
 * Judges whether a value is required. Code that can be read decides: declarations are wrong about the main credential
 * in one case of three.
 */
function judgeRequired(group: InputFinding[], secret: boolean): boolean {
  if (group.some((finding) => finding.whenMissing === "fails")) return true;
  const reads = group.filter((finding) => finding.evidence === "read");
  const said = group.filter((finding) => finding.evidence !== "read");
  const isLate = reads.some((finding) => finding.whenMissing === "fails-later");
  // The form of another host fills in values. Where it demands none, the documentation does, and the code fails, those two are right.
  const isOfDocumentation = ({ isListed, provenance }: InputFinding) => isListed || provenance.from === "readme";
  const isDemanded = isLate && said.some((finding) => finding.required && isOfDocumentation(finding));
  const told = said.filter(({ provenance }) => !isDemanded || provenance.from !== "smithery.yaml");
  const decisive = told
    .map((finding) => finding.required)
    .find((required) => required !== null && required !== undefined);
  // A value whose absence fails only some request may serve one feature of many. It is required when the documentation
  // shows it everywhere.
  const isShown = said.some((finding) => finding.evidence === "shown" && finding.provenance.from !== "env-example");
  const servesOneCase = said.some((finding) => isOfOneCase(finding.description ?? ""));
  const isOfAllTools = reads.some((finding) => finding.isOfAllTools);
  if (isLate) return decisive ?? ((isShown || isOfAllTools) && !servesOneCase);
  // A credential in the code stands in for a person's own: "test-key".
  const isStandIn = secret && decisive === true && !said.some(({ required }) => required === false);
  const hasOwnValue = !isStandIn && reads.some((finding) => finding.whenMissing === "default" && !finding.isComputed);
  const isDefaultDocumented = said.some((finding) => finding.provenance.from === "readme" && finding.default);
  if (hasOwnValue || isDefaultDocumented) return false;
  // A flag that the code declares without demanding it is optional, whatever an example says, apart from a credential that the server's own
  // manifest demands and documentation shows: generated servers declare all as optional, and only the service refuses.
  if (group[0]?.target === "arg" && reads.length > 0)
    return secret && isShown && said.some((one) => one.required === true && OWN_MANIFESTS.has(one.provenance.from));
  // What the code computes in the value's place (another file, an empty text) may be of no use: a declaration decides.
  if (reads.some((finding) => finding.whenMissing === "default"))
    return (
      decisive === true && said.some((one) => one.required && (one.evidence === "declared" || (secret && one.isListed)))
    );
  return decisive ?? false;
}

/**
 * Sorts inputs: required, then secret, then by certainty. Positional arguments keep their order on the command line.
 */
function sortInputs(inputs: Input[]): Input[] {
  const score = (input: Input) => (input.required ? 0 : 2) + (input.secret ? 0 : 1);
  const sorted = [...inputs].sort((a, b) => score(a) - score(b) || b.confidence - a.confidence);
  const positions = sorted
    .filter((input) => positionOf(input) !== null)
    .sort((a, b) => (positionOf(a) ?? 0) - (positionOf(b) ?? 0));
  return sorted.map((input) => (positionOf(input) === null ? input : (positions.shift() ?? input)));
}

function positionOf(input: Input): number | null {
  const position = /^position (\d+)/.exec(input.key)?.[1];
  return position === undefined ? null : Number(position);
}
