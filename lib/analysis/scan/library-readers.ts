/**
 * Calls by which libraries take the name of a variable and fail without its value: `CredentialProvider.fromEnvironmentVariable("X")`,
 * `auth.FromEnvironmentVariable("X")`, `secret_from_env("X")`. Shorter names, such as `fromEnv`, are those of programs' own functions.
 */
const READS_BY_NAME = /(?:^|[.:])(?:from_?environment_?variable|secret_?from_?env)$/i;

/** Returns whether a function is named for reading the variable whose name is its only argument. */
export function readsByName(callee: string): boolean {
  return READS_BY_NAME.test(callee);
}
