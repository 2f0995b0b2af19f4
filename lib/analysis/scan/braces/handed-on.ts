import type { BraceProject } from "./project.ts";
import type { Token } from "./tokens.ts";

/** The name under which a function is called that is handed on, and not called where it stands. */
export function handedName(name: string): string {
  return `&${name}`;
}

/** Returns the function that is an argument by its name and that may end the program: `WithContextFunc(auth.FromConfig)`. */
export function handedOn(tokens: readonly Token[], at: number, project: BraceProject): string | null {
  const token = tokens[at];
  if (token?.kind !== "word" || !project.exits.has(token.value)) return null;
  const isArgument = /^[(,.]$/.test(tokens[at - 1]?.value ?? "") && /^[,)]$/.test(tokens[at + 1]?.value ?? "");
  return isArgument ? token.value : null;
}
