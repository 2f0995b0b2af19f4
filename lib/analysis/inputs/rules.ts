import type { Input } from "../spec.ts";
import { isSecretName, upperName } from "./input-names.ts";

/**
 * Drops a flag that does the same as a variable, because every process of a machine can see a command line. The
 * variable takes over the facts that only the flag had.
 *
 * @param links pairs that the code treats as the same
 */
export function preferVariables(inputs: Input[], links: { key: string; flag: string }[]): Input[] {
  const variables = new Map(inputs.filter((input) => input.target === "env").map((input) => [input.key, input]));
  const dropped = new Set<Input>();
  for (const flag of inputs) {
    if (flag.target !== "arg") continue;
    const twin = [...variables.values()].find((variable) => isTwin(flag, variable, links));
    if (!twin) continue;
    dropped.add(flag);
    variables.set(twin.key, {
      ...twin,
      description: twin.description || flag.description,
      choices: twin.choices ?? flag.choices,
      type: twin.type === "string" ? flag.type : twin.type,
      ...joinGuesses(twin, flag),
      required: twin.required || (flag.required && twin.default === null),
      default: twin.default ?? (twin.secret ? null : flag.default),
      provenance: [...twin.provenance, ...flag.provenance].slice(0, 50),
    });
  }
  return inputs
    .filter((input) => !dropped.has(input))
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

function isTwin(flag: Input, variable: Input, links: { key: string; flag: string }[]): boolean {
  if (links.some((link) => link.key === variable.key && link.flag === flagName(flag))) return true;
  if (!flag.key.startsWith("-")) return false;
  const name = upperName(flag.key);
  if (variable.key === name || (name.includes("_") && variable.key.endsWith(`_${name}`))) return true;
  // The placeholder is the variable's own name: --api-key=YOUR_STRIPE_SECRET_KEY.
  return variable.secret && (flag.placeholder ?? "").includes(variable.key);
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
 * Requires the only secret of a server when its documentation never omits it, even though the code notices only at the
 * first call. Applies when nothing else is required.
 *
 * @param shownAlways secrets in every command that documentation shows for the package
 * @param optional keys that are called optional or given a default somewhere
 */
export function requireOnlyCredential(
  inputs: Input[],
  shownAlways: ReadonlySet<string>,
  optional: ReadonlySet<string>,
): Input[] {
  if (inputs.some((input) => input.required)) return inputs;
  const candidates = inputs.filter(
    (input) =>
      input.secret &&
      input.target === "env" &&
      shownAlways.has(input.key) &&
      isSecretName(input.key) &&
      !optional.has(input.key),
  );
  const [only] = candidates;
  if (candidates.length !== 1 || !only) return inputs;
  return inputs.map((input) => (input === only ? { ...input, required: true } : input));
}
