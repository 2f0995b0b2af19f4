import { lineFinder, type TextFile } from "../fetch/files.ts";
import { readNamedClients } from "./named-clients.ts";
import { SDK_CLIENTS } from "./sdk-clients.ts";
import type { SdkClient, SdkLanguage } from "./sdk-credentials.ts";
import type { Flow, Read } from "./types.ts";

/** What a server and its documentation say of it. */
export interface About {
  /** Its names, its title, its description. */
  said: string;
  /** Variables that its documentation names. */
  names: ReadonlySet<string>;
}

export const UNTOLD: About = { said: "", names: new Set() };

/** What libraries of services read for the server. */
export interface SdkVariables {
  reads: Read[];
  /** Clients that are made as soon as their file is loaded, and that fail without their key. */
  flows: Flow[];
}

const MAX_CALLS = 50;
const MAX_ARGUMENTS = 1_500;
/** How far calls on a new client are followed. */
const MAX_CHAIN = 400;

const LANGUAGES: [RegExp, SdkLanguage][] = [
  [/\.py$/, "python"],
  [/\.[mc]?[jt]sx?$/, "javascript"],
  [/\.go$/, "go"],
  [/\.rs$/, "rust"],
  [/\.(java|kts?)$/, "jvm"],
  [/\.cs$/, "csharp"],
];

/**
 * Finds the variables that are read only inside the library of a service, where its client is made without a key of its own.
 *
 * @param known variables that the code reads by itself
 * @param about what the server and its documentation say of it
 */
export function readSdkVariables(files: readonly TextFile[], known: ReadonlySet<string>, about: About): SdkVariables {
  const reads = new Map<string, Read>();
  const flows: Flow[] = [];
  for (const file of files) {
    const language = LANGUAGES.find(([pattern]) => pattern.test(file.path))?.[1];
    const clients = SDK_CLIENTS.filter(
      (client) => client.language === language && concerns(client, about) && client.library.test(file.text),
    );
    if (clients.length === 0) continue;
    const lineAt = lineFinder(file.text);
    for (const client of clients) {
      const made = bareCalls(file.text, client);
      const [first] = made;
      if (first === undefined) continue;
      for (const key of client.variables)
        if (!reads.has(key) && !known.has(key) && !client.inFile?.[key]?.test(file.text)) {
          reads.set(key, {
            key,
            path: file.path,
            line: lineAt(first),
            fallback: "computed",
            value: null,
            isHosting: false,
            comment: null,
          });
        }
      const { demands = [] } = client;
      if (demands.length > 0 && made.some((at) => isTopLevel(file.text, at)))
        flows.push({
          path: file.path,
          name: null,
          isHandler: false,
          isHosting: false,
          needs: [[...demands]],
          calls: [],
        });
    }
  }
  const named = readNamedClients(files, new Set([...known, ...reads.keys()]), about.names);
  return { reads: [...reads.values(), ...named.reads], flows: [...flows, ...named.flows] };
}

/** Whether a server is about a service, or its documentation names what the service's client reads. */
function concerns({ about, variables }: SdkClient, { said, names }: About): boolean {
  return about === undefined || about.test(said) || variables.some((name) => names.has(name));
}

/** Where clients are made without credentials of their own. */
function bareCalls(text: string, { makes, given }: SdkClient): number[] {
  const found: number[] = [];
  let seen = 0;
  for (const match of text.matchAll(makes)) {
    seen += 1;
    if (seen > MAX_CALLS) break;
    const start = match.index + match[0].length;
    const args = match[0].endsWith("(") ? argumentsAt(text, start) : "";
    if (args === null) continue;
    if (given === "nothing" || (given === "any" ? args.trim() === "" : !isGiven(text, start, args, given)))
      found.push(match.index);
  }
  return found;
}

/** One name alone, or options from elsewhere. */
const OPTIONS = /^\s*[A-Za-z_$][\w$.]*\s*$|\.\.\.|\*\*|\bopt(?:ion)?s\b/;

/** Returns whether a client is given credentials: in its arguments, by what is called on it, or in options that the file makes elsewhere. */
function isGiven(text: string, start: number, args: string, given: RegExp): boolean {
  if (given.test(args) || (OPTIONS.test(args) && given.test(text))) return true;
  const behind = start + args.length + 1;
  return /^\s{0,100}\./.test(text.slice(behind, behind + 120)) && given.test(text.slice(behind, behind + MAX_CHAIN));
}

/** The arguments of a call up to its closing bracket; null where they are too long to tell. */
function argumentsAt(text: string, start: number): string | null {
  let depth = 1;
  for (let at = start; at < Math.min(text.length, start + MAX_ARGUMENTS); at += 1) {
    const char = text[at];
    if (char === "(" || char === "[" || char === "{") depth += 1;
    else if (char === ")" || char === "]" || char === "}") depth -= 1;
    if (depth === 0) return text.slice(start, at);
  }
  return null;
}

/** Whether a call stands on a line without indentation that assigns it, so that it runs when its file is loaded. */
function isTopLevel(text: string, at: number): boolean {
  const line = text.slice(text.lastIndexOf("\n", at - 1) + 1, at).slice(-200);
  return /^(?:export )?(?:(?:const|let|var) )?[\w$]{1,80}(?::\s?[\w.[\]]{1,60})?\s?=\s?(?:await )?(?:new )?[\w.]{0,40}$/.test(
    line,
  );
}
