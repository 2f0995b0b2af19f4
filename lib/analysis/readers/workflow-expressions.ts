/** Returns whether a parsed value is an object with keys. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The texts of a list, which actions take as lines, or also separated by commas. */
export function textsOf(value: unknown, separator: string | RegExp = /[\n,]/): string[] {
  const all = Array.isArray(value) ? value : typeof value === "string" ? value.slice(0, 20_000).split(separator) : [];
  return all
    .filter((one) => typeof one === "string")
    .map((one) => one.trim())
    .filter((one) => one !== "")
    .slice(0, 100);
}

const MAX_ROUNDS = 3;
const MAX_VARIABLES = 60;
const MAX_VALUE = 300;
const MAX_LENGTH = 4_000;

/** What is known before a workflow runs. */
export interface Known {
  env: Readonly<Record<string, string>>;
  repository: { owner: string; name: string };
}

/** Resolves variables that stand in variables, a few times over. Values are bounded, so that the work is as well. */
export function knownOf(env: Readonly<Record<string, string>>, repository: Known["repository"]): Known {
  let known: Known = { env: {}, repository };
  const written = Object.entries(env).slice(0, MAX_VARIABLES);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const resolved = written.map(([name, value]) => [name, resolveExpressions(value.slice(0, MAX_VALUE), known)]);
    known = { env: Object.fromEntries(resolved), repository };
  }
  return known;
}

/**
 * Puts into a text what is known before a workflow runs: the repository's name and owner, and variables of the workflow itself, in GitHub's
 * form (`${{ env.IMAGE }}`) and a shell's (`$IMAGE`). Everything else stays as it is.
 */
export function resolveExpressions(text: string, { env, repository }: Known): string {
  const slug = `${repository.owner}/${repository.name}`;
  const variable = (name: string): string | null => {
    if (name === "GITHUB_REPOSITORY") return slug;
    if (name === "GITHUB_REPOSITORY_OWNER") return repository.owner;
    return Object.hasOwn(env, name) ? (env[name]?.slice(0, MAX_VALUE) ?? null) : null;
  };
  return text
    .slice(0, MAX_LENGTH)
    .replaceAll(/\$\{\{\s{0,10}([\w.]{1,100})\s{0,10}\}\}/g, (whole, path: string) => {
      if (path === "github.repository") return slug;
      if (path === "github.repository_owner") return repository.owner;
      if (path === "github.event.repository.name") return repository.name;
      return (path.startsWith("env.") ? variable(path.slice("env.".length)) : null) ?? whole;
    })
    .replaceAll(
      /\$\{(\w{1,100})(?:,,)?\}|\$(\w{1,100})/g,
      (whole, braced?: string, bare?: string) => variable(braced ?? bare ?? "") ?? whole,
    )
    .slice(0, MAX_LENGTH);
}
