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
  const own = assignedKeys(files);
  const isRead = (key: string) => !own.has(key);
  const usable = SDK_CLIENTS.filter(
    (client) =>
      concerns(client, about) && !isGivenElsewhere(client, files) && !client.ways?.some((way) => !way.some(isRead)),
  );
  for (const file of files) {
    const language = LANGUAGES.find(([pattern]) => pattern.test(file.path))?.[1];
    const clients = usable.filter((client) => client.language === language && client.library.test(file.text));
    if (clients.length === 0) continue;
    const lineAt = lineFinder(file.text);
    for (const client of clients) {
      const made = bareCalls(file.text, client);
      const [first] = made;
      if (first === undefined) continue;
      for (const key of client.variables)
        if (isRead(key) && !reads.has(key) && !known.has(key) && !client.inFile?.[key]?.test(file.text)) {
          reads.set(key, {
            key,
            path: file.path,
            line: lineAt(first),
            fallback: client.demands?.includes(key) && isOfService(key, about) ? "none" : "computed",
            value: null,
            isHosting: false,
            comment: null,
          });
        }
      const needs = (client.demands ?? []).filter((key) => reads.has(key) || known.has(key));
      const flow = { path: file.path, name: null, isHosting: false, calls: [] };
      if (needs.length > 0 && made.some((at) => isTopLevel(file.text, at)))
        flows.push({ ...flow, isHandler: false, needs: [needs] });
      if (client.ways) flows.push({ ...flow, isHandler: true, needs: client.ways.map((way) => [...way]) });
    }
  }
  const named = readNamedClients(files, new Set([...known, ...reads.keys(), ...own]), about.names);
  return { reads: [...reads.values(), ...named.reads], flows: [...flows, ...named.flows] };
}

/** Whether a server is about a service, or its documentation names what the service's client reads. */
function concerns({ about, variables }: SdkClient, { said, names }: About): boolean {
  return about === undefined || about.test(said) || variables.some((name) => names.has(name));
}

/** Whether a server is about the service of a credential by name. In others, the service may be for a part that few need. */
function isOfService(key: string, { said }: About): boolean {
  return said.toLowerCase().includes((key.split("_")[0] ?? key).toLowerCase());
}

/** `os.environ["THING_KEY"] = key`, `process.env.THING_KEY = key` */
const ASSIGNED =
  /\benviron\[\s{0,5}["']([A-Z]\w{1,80})["']\s{0,5}\]\s{0,5}=(?!=)|\bprocess\.env(?:\.|\[["'])([A-Z]\w{1,80})(?:["']\])?\s{0,5}=(?!=)/g;

/** Variables that the server itself sets for its libraries, so that no one else need. */
function assignedKeys(files: readonly TextFile[]): Set<string> {
  const keys = new Set<string>();
  for (const { text } of files)
    for (const match of text.matchAll(ASSIGNED)) {
      const key = match[1] ?? match[2];
      if (key && !isConditional(text, match.index)) keys.add(key);
    }
  return keys;
}

function isGivenElsewhere({ elsewhere, language }: SdkClient, files: readonly TextFile[]): boolean {
  if (!elsewhere) return false;
  return files.some(({ path, text }) => {
    if (LANGUAGES.find(([pattern]) => pattern.test(path))?.[1] !== language) return false;
    const at = text.search(elsewhere);
    return at >= 0 && !isConditional(text, at);
  });
}

/** Whether a statement stands directly under a condition: without its value, the library looks for its own. */
function isConditional(text: string, at: number): boolean {
  const lines = text.slice(Math.max(at - 400, 0), at).split("\n");
  return lines.slice(-2).some((line) => /^\s*(?:\}\s*else\s*)?(?:if|elif)\b/.test(line));
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
