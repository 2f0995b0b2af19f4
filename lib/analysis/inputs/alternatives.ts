import type { SignIn } from "../scan/types.ts";
import type { Alternative, Input } from "../spec.ts";
import { toFactors } from "./factors.ts";
import type { AlternativeFinding, LaunchFinding } from "./findings.ts";
import { isTransportName } from "./input-names.ts";

const MAX_BRANCHES = 10;
const MAX_BRANCH_LENGTH = 20;

/**
 * Finds inputs that replace each other (a token, or a user name with a password; a variable or a flag) and makes them
 * optional one by one: the group is required instead.
 *
 * @param inputs merged inputs
 * @param evidence commands that documentation shows, alternatives that code or a declaration states, and flags that were
 *   dropped for the variable that does the same, and keys that documentation or a declaration shows; null where there is
 *   no documentation, keys without which the code fails when it starts, those of them that it declares without a default, and keys
 *   that a declaration or documentation demands; and what the code hands to what signs people in
 */
export function judgeAlternatives(
  inputs: Input[],
  evidence: {
    launches: LaunchFinding[];
    found: AlternativeFinding[];
    twins: ReadonlyMap<string, string>;
    documented: ReadonlySet<string> | null;
    failing: ReadonlySet<string>;
    saidRequired: ReadonlySet<string>;
    mandatory: ReadonlySet<string>;
    signIns: readonly SignIn[];
  },
): { inputs: Input[]; alternatives: Alternative[] } {
  const known = new Set(inputs.map((input) => input.key));
  // A flag in documentation shows the variable that does the same.
  const shown = [...evidence.twins].filter(([flag]) => evidence.documented?.has(flag)).map(([, key]) => key);
  const documented = evidence.documented && new Set([...evidence.documented, ...shown]);
  const groups: Alternative[] = [];
  const demanded = new Set<string>();
  const secrets = inputs.filter((input) => input.secret);
  const settings = new Set(inputs.flatMap(({ key, secret, target }) => (target === "env" && !secret ? [key] : [])));
  const found = evidence.found.flatMap((one) => toFactors(one.branches).map((branches) => ({ ...one, branches })));
  const stated = [...found, ...shownOptions(evidence.launches, inputs, evidence.failing)];
  for (const one of [...stated, ...connectionParts(inputs, stated)]) {
    const named = one.branches
      .map((branch) => [...new Set(branch.map((key) => evidence.twins.get(key) ?? key))])
      // Code that reads its arguments in a loop does not tell which of them a position is: documentation does.
      .filter((branch) => !branch.some((key) => key.startsWith("position ") && !known.has(key)))
      // `if (!TOKEN && !ADDR)`: over stdio there is no address to listen at.
      .filter((branch) => !branch.every((key) => !known.has(key) && isTransportName(key)))
      .filter((branch) => !signsInOverNetwork(branch, evidence.signIns));
    // What alone is said to be required is not one part of several.
    const said = named.filter((branch) => branch.every((key) => evidence.saidRequired.has(key)));
    if (one.isOfParts && said.length === 1) continue;
    const branches = absorb(named.filter((branch) => branch.length > 0 && branch.every((key) => known.has(key))));
    // What the code declares without a default is needed, whatever a message says of another way.
    if (one.isStated && branches.some((branch) => branch.every((key) => evidence.mandatory.has(key)))) continue;
    // Of a choice that only a message states, or that only some request needs, documentation has to show a part: it may belong to one mode
    // or feature of many.
    const isOpen = one.isStated === true || one.isLate === true;
    const isRequired =
      one.required && (!isOpen || documented === null || branches.flat().some((key) => documented.has(key)));
    if (branches.length < 2) {
      // A variable or the flag that does the same: only the variable is left, and it is required.
      const isWhole = named.every((branch) => branch.every((key) => known.has(key)));
      const isOnlySecret = branches[0]?.length === 1 && secrets.length === 1 && secrets[0]?.key === branches[0][0];
      if ((isRequired || (one.required && isOnlySecret)) && isWhole)
        for (const key of branches[0] ?? []) demanded.add(key);
      continue;
    }
    // `INNER_URL || URL`: of settings that only the code knows, none is for a person.
    const areSettings = branches.every(([key = "", ...others]) => others.length === 0 && settings.has(key));
    const told = isRequired && !one.isStated && areSettings ? onlyDocumented(branches, documented) : null;
    if (told) {
      demanded.add(told);
      continue;
    }
    const keys = new Set(branches.flat());
    if (groups.some((group) => group.oneOf.flat().some((key) => keys.has(key)))) continue;
    groups.push({
      what: one.what.slice(0, 200),
      oneOf: branches.slice(0, MAX_BRANCHES).map((branch) => branch.slice(0, MAX_BRANCH_LENGTH)),
      required: isRequired,
    });
  }
  const members = new Set(groups.flatMap((group) => group.oneOf.flat()));
  return {
    inputs: inputs.map((input) => {
      if (members.has(input.key)) return { ...input, required: false };
      return demanded.has(input.key) && input.default === null ? { ...input, required: true } : input;
    }),
    alternatives: groups.slice(0, 20),
  };
}

/** The server's own address, at which browsers reach it, and the client as which it signs people in. */
const OWN_ADDRESS =
  /(^|_)MCP_(SERVER_)?(PUBLIC_|EXTERNAL_|BASE_){1,2}UR[IL]$|^(SERVER_|APP_)?(PUBLIC|EXTERNAL)_(BASE_)?UR[IL]$/;
const OAUTH_CLIENT = /(^|_)(OAUTH2?|CLIENT_(ID|SECRET))(_|$)/;

/** Returns whether a way of several signs each person in through the server's own pages, which it has over HTTP alone. */
function signsInOverNetwork(branch: readonly string[], signIns: readonly SignIn[]): boolean {
  const isHanded = ({ keys, addresses }: SignIn) =>
    branch.every((key) => keys.has(key)) && branch.some((key) => addresses.has(key));
  if (signIns.some(isHanded)) return true;
  const name = (key: string) => key.slice(0, 100);
  return branch.some((key) => OWN_ADDRESS.test(name(key))) && branch.some((key) => OAUTH_CLIENT.test(name(key)));
}

/** The key that documentation shows where it shows none of the others, else null. */
function onlyDocumented(branches: string[][], documented: ReadonlySet<string> | null): string | null {
  const [only, ...others] = branches.flat().filter((key) => documented?.has(key));
  return others.length === 0 ? (only ?? null) : null;
}

/** Drops branches that contain another branch. */
function absorb(branches: string[][]): string[][] {
  return branches.filter(
    (branch, index) =>
      !branches.some(
        (other, at) =>
          at !== index && other.every((key) => branch.includes(key)) && (other.length < branch.length || at < index),
      ),
  );
}

/**
 * Finds choices in documentation that shows the same package with one credential in one block and another in the next. Where the code fails
 * without one of them, the others belong to another transport.
 */
function shownOptions(launches: LaunchFinding[], inputs: Input[], failing: ReadonlySet<string>): AlternativeFinding[] {
  const secrets = new Set(
    inputs.filter(({ key, secret }) => secret || HOLDS_CREDENTIAL.test(key)).map(({ key }) => key),
  );
  const sets: string[][] = [];
  for (const launch of launches) {
    if (launch.provenance.from !== "readme") continue;
    const keys = launch.inputs
      .map((input) => input.key)
      .filter((key) => secrets.has(key))
      .sort();
    if (keys.length > 0 && !sets.some((set) => set.join() === keys.join())) sets.push(keys);
  }
  // An input that every block shows is needed with each of the ways.
  const common = (sets[0] ?? []).filter((key) => sets.every((set) => set.includes(key)));
  const ways = sets.map((set) => set.filter((key) => !common.includes(key)));
  const isBare = ways.some((way) => way.length === 0);
  sets.splice(0, sets.length, ...ways.filter((way) => way.length > 0));
  const apart = sets.filter((set) => sets.every((other) => other === set || !other.some((key) => set.includes(key))));
  if (apart.length < 2 || apart.length !== sets.length || apart.length > 4) return [];
  if (apart.filter((way) => way.every((key) => failing.has(key))).length === 1) return [];
  const isRequired = launches
    .filter((launch) => launch.provenance.from === "readme" && launch.registry !== "source")
    .every((launch) => launch.inputs.some((input) => secrets.has(input.key)) || launch.inputs.length === 0);
  return [{ what: "Credential", branches: apart, required: isRequired && !isBare }];
}

/** Files that hold a credential: GOOGLE_CREDENTIALS_PATH, OAUTH_CLIENT_SECRETS_FILE. */
const HOLDS_CREDENTIAL = /(CREDENTIALS?|CLIENT_SECRETS?|SERVICE_ACCOUNT(_KEY)?|PRIVATE_KEY|KEY)_(FILE|PATH)$/;

const CONNECTION =
  /(^|_)(DSN|CONNECTION_(STRING|URL|URI)|CONN_STR|(DATABASE|DB|MONGODB|MONGO|POSTGRES|POSTGRESQL|MYSQL|MARIADB|MSSQL|REDIS|SQL)_(URL|URI|DSN))$/;

/** What lies between the server and its database, such as a tunnel, has a host and a user of its own. */
const WAY_THERE = /(^|_)(SSH|TUNNEL|BASTION|JUMP|PROXY)_/;

/**
 * A connection string, or the host, user and password that it is made of. Applies where nothing is required and the server
 * has no host of its own to fall back on.
 */
function connectionParts(inputs: Input[], stated: AlternativeFinding[]): AlternativeFinding[] {
  const known = new Set(inputs.map((input) => input.key));
  const isStated = stated.some(
    (one) => one.required && !one.isStated && one.branches.flat().every((key) => known.has(key)),
  );
  if (inputs.some((input) => input.required) || isStated) return [];
  const variables = inputs.filter((input) => input.target === "env" && input.default === null);
  const whole = variables.filter((input) => CONNECTION.test(input.key));
  const hosts = variables.filter(
    (input) => /^(.+_)?(HOST|HOSTNAME|SERVER)$/.test(input.key) && !WAY_THERE.test(input.key),
  );
  const [connection] = whole;
  if (!connection || whole.length > 1) return [];
  for (const { key } of hosts) {
    const prefix = key.replace(/(HOST|HOSTNAME|SERVER)$/, "");
    const part = (names: RegExp) =>
      variables.find((input) => input.key.startsWith(prefix) && names.test(input.key.slice(prefix.length)))?.key;
    const user = part(/^(USER|USERNAME)$/);
    const database = part(/^(NAME|DATABASE|DB)$/);
    if (user === undefined && database === undefined) continue;
    const parts = [part(/^TYPE$/), key, user, part(/^(PASSWORD|PASS|PWD)$/), database];
    const branch = parts.filter((one) => one !== undefined);
    return [{ what: "Connection", branches: [[connection.key], branch], required: true }];
  }
  return [];
}
