import { isEnvName } from "../../inputs/input-names.ts";
import { type BraceProject, variableIn } from "./project.ts";
import { readAt } from "./reads.ts";
import type { BraceLanguage, Token } from "./tokens.ts";

const MAX_NAMES = 20;
const MAX_HEAD = 80;

/** What a loop runs over, where it is about variables. */
interface LoopHead {
  /** What holds the name or the value within it. */
  variable: string | null;
  /** Names of variables: `for _, name := range []string{"A_KEY", "A_URL"} {`, or those of a list by its name. */
  names: readonly string[];
  /** Variables whose values a map holds: `range map[string]string{"key": os.Getenv("A_KEY")} {`. */
  values: readonly string[];
}

/** Reads the head of a loop, from its keyword to its block. */
export function loopHead(
  tokens: readonly Token[],
  at: number,
  open: number,
  language: BraceLanguage,
  project: BraceProject,
): LoopHead {
  const head = tokens.slice(at, Math.min(open, at + MAX_HEAD));
  const joint = head.findIndex((token) => /^(in|:|:=)$/.test(token.value));
  const variable = head.slice(0, Math.max(joint, 0)).findLast((token) => token.kind === "word")?.value ?? null;
  const list = head.slice(joint + 1).findLast((token) => token.kind === "word" && project.lists.has(token.value));
  const written = head.flatMap((token) => (token.kind === "text" && isEnvName(token.value) ? [token.value] : []));
  const names = written.length > 0 ? written : (project.lists.get(list?.value ?? "") ?? []);
  const values: string[] = [];
  const isMap = head.some((token) => token.value === "map");
  for (let index = at; language === "go" && index < open && values.length < MAX_NAMES; index += 1) {
    const read = readAt(tokens, index, language, project);
    if (read && read.fallback === "none") values.push(read.key);
    // `range map[string]string{"key": cfg.Key}`
    const held = tokens[index - 1]?.value === "." ? variableIn(project, tokens, tokens[index]?.value ?? "") : undefined;
    if (held !== undefined && isMap && !project.fallbacks.has(tokens[index]?.value ?? "")) values.push(held);
  }
  return { variable, names: names.slice(0, MAX_NAMES), values: tokens[at]?.value === "for" ? values : [] };
}
