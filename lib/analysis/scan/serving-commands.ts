/** Words of which the name of a subcommand is made that runs the server over standard input and output. */
const SERVES = /^(start|serve|server|run|stdio|mcp|launch|service)$/;

/** Subcommands that prepare, ask or repair something and end. */
const HELPS =
  /^(auth|authenticate|authorize|login|logout|sign-?in|sign-?out|setup|init|install|uninstall|config|configure|completions?|version|doctor|check|test|validate|verify|update|upgrade|list|status|help|info|generate|gen|migrate|export|import|http|sse|docs|schema|inspect|register)$/;

/** Returns the words of a name as programs spell it: "McpServer", "serve-stdio". */
function wordsOf(name: string): string[] {
  return name
    .slice(0, 100)
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .split(/[-_: ]+/)
    .filter((word) => word !== "");
}

function serves(name: string): boolean {
  return areServing(wordsOf(name));
}

function areServing(words: readonly string[]): boolean {
  return words.length > 0 && words.every((word) => SERVES.test(word));
}

/** Returns whether the name of a package's program says that it serves, beyond what the package is called: "thing-server" of "thing". */
export function isServingProgram(program: string, packageName: string): boolean {
  const own = new Set(wordsOf(packageName.replace(/[@/.]/g, " ")));
  return areServing(wordsOf(program).filter((word) => !own.has(word)));
}

/**
 * Tells which of a program's subcommands serve: those that say so by their name, else all that do not say the opposite. Where the program
 * serves without a subcommand, only those that say so.
 *
 * @param names all subcommands of one parent
 */
export function servingCommands(names: readonly string[], servesWithout: boolean): ReadonlySet<string> {
  const said = names.filter(serves);
  if (said.length > 0 || servesWithout) return new Set(said);
  return new Set(names.filter((name) => !HELPS.test(wordsOf(name).join("-"))));
}
