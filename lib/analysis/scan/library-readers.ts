/**
 * Calls by which libraries take the name of a variable and fail without its value: `CredentialProvider.fromEnvironmentVariable("X")`,
 * `auth.FromEnvironmentVariable("X")`, `secret_from_env("X")`.
 */
const READS_BY_NAME = /(?:^|[._:])(?:secret_?)?from_?env(?:ironment)?(?:_?var(?:iable)?)?$/i;

/** Returns whether a function is named for reading the variable whose name is its only argument. */
export function readsByName(callee: string): boolean {
  return READS_BY_NAME.test(callee);
}
