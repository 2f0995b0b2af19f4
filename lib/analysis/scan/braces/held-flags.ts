import type { Condition } from "../flow.ts";
import type { BraceProject } from "./project.ts";
import { CLI_CONTEXT } from "./reads.ts";
import type { Token } from "./tokens.ts";

/** Returns the flag that a name holds at a token of a file, or the variable in its place. */
export function flagHeldAt(project: BraceProject, tokens: readonly Token[], at: number, name: string): string | null {
  if (tokens[at - 1]?.value === ".") return project.flagFields.get(name) ?? null;
  const holders = project.flagHolders.get(tokens)?.get(name) ?? [];
  return holders.find(({ from, to }) => at >= from && at <= to)?.key ?? null;
}

/** The name of the flag that a program asks for at a token: `cmd.Flags().GetString("key")`, urfave/cli's `c.String("key")`. */
export function askedFlag(tokens: readonly Token[], at: number): string | null {
  const method = tokens[at]?.value ?? "";
  const name = tokens[at + 2];
  if (tokens[at + 1]?.value !== "(" || name?.kind !== "text" || tokens[at - 1]?.value !== ".") return null;
  const isOfSet = tokens[at - 2]?.value === ")" && /Flags$/.test(tokens[at - 4]?.value ?? "");
  const owner = tokens[at - 2]?.value ?? "";
  if (/^Get(String|StringSlice|StringArray)$/.test(method)) return isOfSet || /flags$/i.test(owner) ? name.value : null;
  return /^String(Slice)?$/.test(method) && CLI_CONTEXT.test(owner) ? name.value : null;
}

/** Whether a condition is about flags alone. */
export function isOfFlagsOnly(condition: Condition): boolean {
  if (condition.kind === "or" || condition.kind === "and") return condition.of.every(isOfFlagsOnly);
  return condition.kind === "atom" && condition.key.startsWith("--");
}

/** Whether a flag's own value is an empty text or list. */
export function isEmpty(value: readonly Token[]): boolean {
  const [only] = value;
  if (value.length === 1 && only?.kind === "text") return only.value === "";
  return EMPTY_LIST.test(value.map((token) => (token.kind === "text" ? '"' : token.value)).join(""));
}

const EMPTY_LIST = /^(nil|\[\]string(\{\}|\(nil\)))$/;
