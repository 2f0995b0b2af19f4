import type { Input } from "../spec.ts";
import type { InputFinding } from "./findings.ts";
import { isPassphraseName, isSecretName, upperName } from "./input-names.ts";

/** A flag and the variable that does the same. */
export interface Link {
  key: string;
  flag: string;
}

/**
 * Returns the flags that do the same as a variable, each with the variable's key.
 *
 * @param links pairs that the code states
 * @param known what the code reads, and what commands set. A flag that the code demands is not spared by any other variable of its name, and one
 *   that its parser of arguments demands by none that the code reads: the program ends before that.
 */
export function findTwins(inputs: Input[], links: Link[], known: readonly InputFinding[]): Map<string, string> {
  const isDemanded = ({ target, whenMissing }: InputFinding) => target === "arg" && whenMissing === "fails";
  const demanded = new Set(known.filter(isDemanded).map(({ key }) => key));
  const mandatory = new Set(known.flatMap((one) => (one.target === "arg" && one.isMandatory ? [one.key] : [])));
  const keysFrom = (isCode: boolean) =>
    new Set(known.filter(({ evidence }) => (evidence === "shown") !== isCode).map(({ key }) => key));
  const [inCode, inCommands] = [keysFrom(true), keysFrom(false)];
  // Where commands give the flag itself, a variable that only other commands set may be what another version reads.
  const isKnown = (flag: string, variable: string) =>
    (inCode.has(variable) && !mandatory.has(flag)) || (inCommands.has(variable) && !inCommands.has(flag));
  const variables = inputs.filter((input) => input.target === "env");
  const linked = new Set(links.map((link) => `${link.key} ${link.flag}`));
  const twins = new Map<string, string>();
  for (const flag of inputs) {
    if (flag.target !== "arg") continue;
    const twin = variables.find(
      (variable) => isTwin(flag, variable, linked) && (!demanded.has(flag.key) || isKnown(flag.key, variable.key)),
    );
    if (twin) twins.set(flag.key, twin.key);
  }
  return twins;
}

/**
 * Drops a flag that does the same as a variable, because every process of a machine can see a command line. The
 * variable takes over the facts that only the flag had.
 */
export function preferVariables(inputs: Input[], twins: ReadonlyMap<string, string>): Input[] {
  const variables = new Map(inputs.filter((input) => input.target === "env").map((input) => [input.key, input]));
  const isDropped = (input: Input) => input.target === "arg" && twins.has(input.key);
  for (const flag of inputs.filter(isDropped)) {
    const twin = variables.get(twins.get(flag.key) ?? "");
    if (!twin) continue;
    variables.set(twin.key, {
      ...twin,
      // "Instead of NAME" is what the flag is, not the variable.
      description: twin.description || (flag.description.includes(twin.key) ? "" : flag.description),
      choices: twin.choices ?? flag.choices,
      type: twin.type === "string" ? flag.type : twin.type,
      ...joinGuesses(twin, flag),
      required: twin.required || (flag.required && twin.default === null),
      default: twin.default ?? (twin.secret ? null : flag.default),
      provenance: [...twin.provenance, ...flag.provenance].slice(0, 50),
    });
  }
  return inputs
    .filter((input) => !isDropped(input))
    .map((input) => (input.target === "env" ? (variables.get(input.key) ?? input) : input));
}

/** Takes over with a flag's type or choices that they are a guess. */
function joinGuesses(twin: Input, flag: Input): Pick<Input, "guessed"> {
  const isGuess = (fact: "type" | "choices", from: Input) => from.guessed?.includes(fact) === true;
  const guessed = [
    ...(isGuess("type", twin.type === "string" ? flag : twin) ? (["type"] as const) : []),
    ...(isGuess("choices", twin.choices === null ? flag : twin) ? (["choices"] as const) : []),
  ];
  return guessed.length > 0 ? { guessed } : { guessed: undefined };
}

/** Positional arguments have no flag; their label stands in for it. */
function flagName(input: Input): string {
  return input.key.startsWith("-") ? input.key : `--${input.label.replaceAll(/[^A-Za-z0-9]+/g, "-").toLowerCase()}`;
}

function isTwin(flag: Input, variable: Input, linked: ReadonlySet<string>): boolean {
  if (linked.has(`${variable.key} ${flagName(flag)}`)) return true;
  if (!flag.key.startsWith("-")) return false;
  const name = upperName(flag.key);
  if (variable.key === name || (name.includes("_") && variable.key.endsWith(`_${name}`))) return true;
  if (namesVariable(flag.description, variable.key)) return true;
  // The placeholder is the variable's own name: --api-key=YOUR_STRIPE_SECRET_KEY.
  return variable.secret && (flag.placeholder ?? "").includes(variable.key);
}

/** A flag's description that names the one variable that does the same: "overrides NAME", "or NAME", "[env: NAME]". */
function namesVariable(description: string, key: string): boolean {
  if (!description.includes(key)) return false;
  const names = new Set(description.slice(0, 500).match(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g));
  return (
    names.size === 1 && names.has(key) && /\b(overrid\w+|or|env|environment|falls? back|defaults?)\b/i.test(description)
  );
}

/**
 * Prefers an access token to a client id and secret when there is no refresh token: calls use the token, and id and
 * secret only get a new one through a browser, which a machine does not have. Declarations often demand all three.
 *
 * @param demanded keys without which the code itself fails
 */
export function preferAccessTokens(inputs: Input[], demanded: ReadonlySet<string>): Input[] {
  const keys = new Set(inputs.map((input) => input.key));
  const changes = new Map<string, boolean>();
  for (const input of inputs) {
    const prefix = /^(.+)_ACCESS_TOKEN$/.exec(input.key)?.[1];
    if (!prefix || !keys.has(`${prefix}_CLIENT_SECRET`) || !keys.has(`${prefix}_CLIENT_ID`)) continue;
    const isClientDemanded = demanded.has(`${prefix}_CLIENT_SECRET`) || demanded.has(`${prefix}_CLIENT_ID`);
    if (isClientDemanded || (keys.has(`${prefix}_REFRESH_TOKEN`) && !demanded.has(input.key))) continue;
    if (input.required || inputs.some((other) => other.required && other.key.startsWith(`${prefix}_CLIENT_`)))
      changes.set(input.key, true);
    for (const part of ["CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN", "REDIRECT_URI"])
      changes.set(`${prefix}_${part}`, false);
  }
  return inputs.map((input) => {
    const required = changes.get(input.key);
    return required === undefined ? input : { ...input, required };
  });
}

/**
 * Requires the one credential of a server that documentation always shows with it, or that its code reads without a value in
 * its place, though the code may only notice at the first call. Applies where no other credential is required. Beside an address or an
 * account that is required, a service may be open: there the documentation has to show the credential in every command.
 *
 * @param shownAlways inputs that every command in the documentation shows
 * @param read variables that the code reads and that some text names too
 * @param optional keys that some place calls optional or gives a default
 * @param areNamedTogether whether documentation names two keys side by side, and in each file that has one of them the other
 */
export function requireOnlyCredential(
  inputs: Input[],
  evidence: {
    shownAlways: ReadonlySet<string>;
    read: ReadonlySet<string>;
    optional: ReadonlySet<string>;
    areNamedTogether: (one: string, other: string) => boolean;
  },
): Input[] {
  if (inputs.some((input) => input.required && input.secret)) return inputs;
  // A flag counts where every command shows it: what code reads of flags says less.
  const isCandidate = ({ key, target }: Input) =>
    target === "env" || (key.startsWith("--") && evidence.shownAlways.has(key));
  const secrets = inputs.filter((input) => input.secret && isCandidate(input) && isSecretName(input.key));
  // A passphrase opens a key, which need not have one.
  const unspoken = secrets.filter(({ key }) => !evidence.optional.has(key) && !isPassphraseName(key));
  const shown = unspoken.filter((input) => evidence.shownAlways.has(input.key));
  const isAlone = !inputs.some((input) => input.required);
  // What is taken by default is taken where nothing else is given.
  const isDefault = (key: string) => /(^|_)DEFAULT_/i.test(key);
  const read = isAlone ? unspoken.filter(({ key }) => evidence.read.has(key) && !isDefault(key)) : [];
  const candidates = shown.length > 0 ? shown : read;
  const [only] = candidates;
  const isOnly = candidates.length === 1 && (shown.length === 1 || secrets.length === 1);
  if (!only || (!isOnly && !isKeyPair(shown))) return inputs;
  const demanded = new Set(isOnly ? [only.key] : shown.map((input) => input.key));
  // What every command shows beside the credential is needed as well: the id of a key, the account, the address. Where no command shows
  // the credential itself, what is always named beside it counts.
  const isBeside = (key: string) =>
    evidence.shownAlways.has(only.key) ? evidence.shownAlways.has(key) : evidence.areNamedTogether(only.key, key);
  const isCompanion = (input: Input) =>
    isBeside(input.key) &&
    !evidence.optional.has(input.key) &&
    // A library may read both: then neither is read here.
    (evidence.read.has(input.key) || !evidence.read.has(only.key)) &&
    input.default === null &&
    input.target === "env" &&
    COMPANION.test(upperName(input.key)) &&
    upperName(input.key).split("_")[0] === upperName(only.key).split("_")[0];
  return inputs.map((input) => (demanded.has(input.key) || isCompanion(input) ? { ...input, required: true } : input));
}

/**
 * Requires the password beside a user name that is required, where every command in the documentation shows both and no place calls
 * it optional.
 */
export function requirePasswords(
  inputs: Input[],
  evidence: { shownAlways: ReadonlySet<string>; optional: ReadonlySet<string> },
): Input[] {
  const prefixes = inputs
    .filter((input) => input.required)
    .flatMap((input) => /^(\w*?)(?:USER|USERNAME|USER_NAME|LOGIN|EMAIL)$/.exec(input.key)?.[1] ?? []);
  const isDemanded = ({ key, secret }: Input) =>
    secret &&
    prefixes.some((prefix) => key === `${prefix}PASSWORD` || key === `${prefix}PASS`) &&
    evidence.shownAlways.has(key) &&
    !evidence.optional.has(key);
  return inputs.map((input) => (isDemanded(input) ? { ...input, required: true } : input));
}

/**
 * Requires the id and the secret of the client beside a refresh token that is required, where every command in the documentation shows
 * them, the code reads them and no place calls them optional: only the client that a token was issued to can refresh it.
 */
export function requireClients(
  inputs: Input[],
  evidence: Record<"shownAlways" | "read" | "optional", ReadonlySet<string>>,
): Input[] {
  const prefixes = inputs.flatMap(({ key, required }) => (required ? (REFRESH_TOKEN.exec(key)?.[1] ?? []) : []));
  const keys = new Set(prefixes.flatMap((prefix) => [`${prefix}CLIENT_ID`, `${prefix}CLIENT_SECRET`]));
  const isDemanded = ({ key, default: value }: Input) =>
    value === null &&
    keys.has(key) &&
    evidence.shownAlways.has(key) &&
    evidence.read.has(key) &&
    !evidence.optional.has(key);
  return inputs.map((input) => (isDemanded(input) ? { ...input, required: true } : input));
}

const REFRESH_TOKEN = /^((?:\w{1,80}_)?)REFRESH_TOKEN$/;

/**
 * Requires the credentials that the code sends without asking whether they are there, with what goes beside them, where documentation
 * shows them and no place calls them optional. A server for several services works with the credentials of one. Where documentation
 * never names the only service's credentials, the code alone decides.
 *
 * @param sent variables that are sent so
 * @param requested those of them of which it is plain that they go out
 * @param shown inputs that the commands in the documentation show, apart from those that only few show
 * @param named inputs that any place but the code names
 */
export function requireSentCredentials(
  inputs: Input[],
  evidence: Record<"sent" | "requested" | "shown" | "named" | "optional", ReadonlySet<string>>,
): Input[] {
  const { sent, requested, shown, named, optional } = evidence;
  const credentials = inputs.filter(({ secret }) => secret);
  const isOnlyService =
    new Set(credentials.map(({ key }) => serviceOf(key))).size === 1 &&
    credentials.every(({ key }) => sent.has(key)) &&
    credentials.some(({ key }) => requested.has(key));
  const isTold = (key: string) => shown.has(key) || (isOnlyService && !named.has(key));
  const candidates = inputs.filter(
    ({ key, target, default: own }) =>
      target === "env" && own === null && sent.has(key) && isTold(key) && !optional.has(key),
  );
  const secrets = candidates.filter(({ secret }) => secret);
  const services = new Set(secrets.map(({ key }) => serviceOf(key)));
  const isOfSeveral = services.size > 1 && services.size === secrets.length;
  if (secrets.length === 0 || isOfSeveral) return inputs;
  // A token of temporary keys is sent with them, where there is one.
  const hasKeys = credentials.some(({ key }) => /ACCESS_KEY/.test(key));
  const isTemporary = (key: string) => hasKeys && /(^|_)(SECURITY|SESSION|STS)_TOKEN$/.test(key);
  const demanded = new Set(candidates.flatMap(({ key }) => (isTemporary(key) ? [] : [key])));
  return inputs.map((input) => (demanded.has(input.key) ? { ...input, required: true } : input));
}

/** The service that a variable is named for; none for one that only says what it is: PASSWORD, SECURITY_TOKEN. */
function serviceOf(key: string): string {
  const [first = ""] = key.split("_");
  return /^(PASSWORD|SECURITY|API|ACCESS|SECRET|AUTH|TOKEN|CLIENT|USER|USERNAME|LOGIN)$/.test(first) ? "" : first;
}

/** Inputs without which a credential is of little use. */
const COMPANION =
  /_(KEY_ID|KEY_NAME|TOKEN_ID|TOKEN_NAME|PUBLIC_KEY|CLIENT_ID|REDIRECT_URI|REDIRECT_URL|ACCESS_KEY_ID|APP_ID|API_ID|ACCOUNT|ACCOUNT_ID|TENANT_ID|USER|USER_ID|USERNAME|USER_NAME|EMAIL|LOGIN|URL|BASE_URL|API_URL|HOST|ENDPOINT|DOMAIN|SUBDOMAIN|INSTANCE|SITE|SERVER|ADDRESS)$/;

/** Two secrets of which neither replaces the other: a key and its secret. */
function isKeyPair(secrets: Input[]): boolean {
  const [first, second] = secrets
    .map((input) => upperName(input.key))
    .sort((a, b) => a.length - b.length || a.localeCompare(b));
  if (!first || !second || secrets.length > 2 || first.split("_")[0] !== second.split("_")[0]) return false;
  return (
    [first, second].some((key) => /(KEY|ID|KEY_ID)$/.test(key)) &&
    [first, second].some((key) => /(SECRET|SECRET_KEY|APP_KEY|APPLICATION_KEY)$/.test(key))
  );
}

/**
 * Requires a position that every command in the documentation fills, unless some place calls it, or one before it, optional: nothing
 * shows that the server works without it.
 */
export function requirePositions(
  inputs: Input[],
  evidence: { shownAlways: ReadonlySet<string>; optional: ReadonlySet<string> },
): Input[] {
  const positionOf = (key: string) => Number(/^position (\d{1,3})$/.exec(key)?.[1] ?? Number.POSITIVE_INFINITY);
  // A list that may be empty takes all that follow too.
  const firstOptional = Math.min(...[...evidence.optional].map(positionOf));
  // One more of the same, such as a second folder, where the code reads only the one before it on its own: an example of a list.
  const isRead = ({ provenance }: Input) => provenance.some(({ from }) => from === "source");
  const isRepeated = (input: Input) => {
    const before = inputs.find(({ key }) => key === `position ${positionOf(input.key) - 1}`);
    return before?.label === input.label && isRead(before) && !isRead(input);
  };
  const isDemanded = (input: Input) =>
    /^position \d/.test(input.key) &&
    evidence.shownAlways.has(input.key) &&
    positionOf(input.key) < firstOptional &&
    !isRepeated(input);
  return inputs.map((input) => (isDemanded(input) ? { ...input, required: input.default === null } : input));
}

/**
 * Requires what every command in the documentation sets to a placeholder, where the code has nothing in its place, and the server takes no
 * credential, which would tell more: the id of a pool, the address of an instance.
 *
 * @param placeholders inputs that are shown with a placeholder
 * @param bare variables that the code reads, with no value in their place
 */
export function requireShownPlaceholders(
  inputs: Input[],
  evidence: {
    shownAlways: ReadonlySet<string>;
    optional: ReadonlySet<string>;
    placeholders: ReadonlySet<string>;
    bare: ReadonlySet<string>;
  },
): Input[] {
  if (inputs.some((input) => input.required || input.secret)) return inputs;
  const isNeeded = ({ key, default: value }: Input) =>
    value === null &&
    evidence.shownAlways.has(key) &&
    evidence.placeholders.has(key) &&
    evidence.bare.has(key) &&
    !evidence.optional.has(key);
  return inputs.map((input) => (isNeeded(input) ? { ...input, required: true } : input));
}

/**
 * Requires a flag whose absence an error message states and that every command in the documentation has, or the variable that does the
 * same. Nothing else tells where code reads its arguments by hand.
 *
 * @param missed flags that error messages speak of
 * @param optional keys that documentation calls optional
 */
export function requireStatedFlags(
  inputs: Input[],
  twins: ReadonlyMap<string, string>,
  evidence: { missed: ReadonlySet<string>; shownAlways: ReadonlySet<string>; optional: ReadonlySet<string> },
): Input[] {
  const flags = [...evidence.missed].filter((name) => name.startsWith("--"));
  const stated = new Set(flags.map((flag) => twins.get(flag) ?? flag));
  return inputs.map((input) =>
    stated.has(input.key) &&
    evidence.shownAlways.has(input.key) &&
    !evidence.optional.has(input.key) &&
    input.default === null
      ? { ...input, required: true }
      : input,
  );
}
