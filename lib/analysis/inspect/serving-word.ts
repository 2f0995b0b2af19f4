import type { TextFile } from "../fetch/files.ts";
import { servingCommands } from "../scan/serving-commands.ts";
import type { Server } from "../spec.ts";
import type { ServerCode } from "./server-code.ts";

/** The labels of a first argument that is a subcommand, each with the name that it has in the code. */
const NAME_OF_LABEL: ReadonlyMap<string, string> = new Map([
  ["Command", "command"],
  ["Cmd", "cmd"],
  ["Subcommand", "subcommand"],
  ["Sub command", "subCommand"],
]);
const WORD = "[\"'`]([a-z][\\w:-]{0,40})[\"'`]";
/** A list of words with which code compares the argument, with its name if it has one: `["init", "start"].includes(command)`. */
const LIST =
  /(?:\b(\w{1,60})\s{0,3}=\s{0,3})?\[(\s{0,40}["'`][a-z][\w:-]{0,40}["'`](?:,\s{0,40}["'`][a-z][\w:-]{0,40}["'`]){0,20}),?\s{0,40}\]/g;
const MAX_WORDS = 40;
const MAX_FILES = 400;

/**
 * Returns the subcommand that serves, where code demands a subcommand as its first argument and its own words tell which one that is:
 * `if (!["init", "start"].includes(command)) process.exit(1)`. Null where they do not, or where the first argument is something else.
 */
export function servingWord({ positions, read }: Pick<ServerCode, "positions" | "read">): string | null {
  const first = positions.find(({ key, whenMissing }) => key === "position 0" && whenMissing === "fails");
  const name = NAME_OF_LABEL.get(first?.label ?? "");
  if (name === undefined) return null;
  const named = read.slice(0, MAX_FILES).filter(({ text }) => new RegExp(`\\b${name}\\b`).test(text));
  // A program that hands the command on to another one does not serve by it.
  if (
    named.some(({ text }) =>
      new RegExp(`\\b(?:spawn|exec|execa|execFile|fork)(?:Sync)?\\(\\s{0,40}${name}\\b`).test(text),
    )
  )
    return null;
  const words = new Set(named.flatMap((file) => wordsAsked(file, name)).slice(0, MAX_WORDS));
  const [word, ...others] = servingCommands([...words], true);
  return others.length === 0 ? (word ?? null) : null;
}

function wordsAsked({ text }: TextFile, name: string): string[] {
  const compared = [...text.matchAll(new RegExp(`\\b${name}\\s{0,3}[!=]==?\\s{0,3}${WORD}`, "g"))];
  const isSwitch = new RegExp(`\\bswitch\\s{0,3}\\(\\s{0,3}(?:\\w{1,40}\\.){0,3}${name}\\s{0,3}\\)`).test(text);
  const cases = isSwitch ? [...text.matchAll(new RegExp(`\\bcase\\s{1,3}${WORD}\\s{0,3}:`, "g"))] : [];
  const asks = (list: string) => new RegExp(`${list}\\.includes\\(\\s{0,40}(?:\\w{1,40}\\.){0,3}${name}\\b`).test(text);
  const listed = [...text.matchAll(LIST)].slice(0, MAX_WORDS).flatMap(([whole, owner, list = ""]) => {
    const isAsked = owner ? asks(`\\b${owner}`) : text.includes(`${whole}.includes(`) && asks("\\]");
    return isAsked ? [...list.matchAll(/["'`]([\w:-]{1,41})["'`]/g)] : [];
  });
  return [...compared, ...cases, ...listed].flatMap(([, word]) => word ?? []);
}

/** Adds the subcommand to a server's arguments, unless its documentation already shows one that serves. */
export function startedWith(server: Server, word: string): Server {
  const [first, ...rest] = server.args;
  // Documentation may only show what sets the server up.
  const isShown = first !== undefined && !first.startsWith("-");
  if (isShown && servingCommands([first], true).size > 0) return server;
  return { ...server, args: [word, ...(isShown ? rest : server.args)] };
}

/** Counts the positions of a program from behind its subcommand, which is no input. */
export function behindSubcommand(code: ServerCode): ServerCode {
  const shifted = (key: string) =>
    key.replace(/^position (\d{1,3})$/, (_, at) => (at === "0" ? "" : `position ${Number(at) - 1}`));
  return {
    ...code,
    positions: code.positions.map((one) => ({ ...one, key: shifted(one.key) })).filter(({ key }) => key !== ""),
    alternatives: code.alternatives.map((one) => ({
      ...one,
      branches: one.branches.map((branch) => branch.map(shifted).filter((key) => key !== "")),
    })),
  };
}
