import { lineFinder, type TextFile } from "../fetch/files.ts";
import { SDK_CLIENTS } from "./sdk-clients.ts";
import type { Flow, Read } from "./types.ts";

const MAX_IMPORTS = 200;
const MAX_CALLS = 50;
const MAX_ARGUMENTS = 600;
/** A variable named for a credential, by the service that it belongs to. */
const CREDENTIAL = /^([A-Z][A-Z0-9_]{2,60}?)_(?:API_?KEY|API_TOKEN|ACCESS_TOKEN|AUTH_TOKEN|TOKEN|SECRET_KEY|KEY)$/;
/** What a secret is the other half of: LANGFUSE_PUBLIC_KEY beside LANGFUSE_SECRET_KEY. */
const OTHER_HALF = /_(?:PUBLIC_KEY|ACCESS_KEY_ID|KEY_ID|CLIENT_ID|APP_ID)$/;
const GIVEN = /key|token|auth|secret|credential|headers|passw|\*\*|\.\.\.|config|settings|environ|getenv|\benv\b/i;
const PYTHON_IMPORT =
  /^[ \t]{0,20}from[ \t]{1,5}([A-Za-z_][\w.]{0,100})[ \t]{1,5}import[ \t]{1,5}(\([^()]{1,1000}\)|[^\n(]{1,300})/gm;
const JAVA_SCRIPT_MODULE = /\bfrom ?["'](?!@\/|src\/)[\w@]/g;
/** From `import` to `from`. */
const MAX_LIST = 1_000;

/**
 * Finds credentials that only a library of the service reads, whatever service it is: documentation names THING_API_KEY, no code reads it,
 * and the code makes a `Thing()` or `ThingClient()` of a library without giving it one.
 *
 * @param known variables that the code reads by itself
 * @param names variables that documentation names
 */
export function readNamedClients(
  files: readonly TextFile[],
  known: ReadonlySet<string>,
  names: ReadonlySet<string>,
): { reads: Read[]; flows: Flow[] } {
  const wanted = new Map<string, string | null>();
  const listed = new Set(SDK_CLIENTS.flatMap(({ variables }) => variables));
  for (const name of names) {
    const service = known.has(name) || listed.has(name) ? undefined : CREDENTIAL.exec(name)?.[1];
    // Two credentials of one service do not tell which of them its client reads.
    if (service) wanted.set(plain(service), wanted.has(plain(service)) ? null : name);
  }
  const reads = new Map<string, Read>();
  const flows: Flow[] = [];
  if (wanted.size === 0) return { reads: [], flows };
  const own = new Set(files.flatMap(({ path }) => path.split("/").map((part) => plain(part.replace(/\.\w+$/, "")))));
  for (const file of files) {
    const isPython = file.path.endsWith(".py");
    if (!isPython && !/\.[mc]?[jt]sx?$/.test(file.path)) continue;
    for (const made of importedClasses(file.text, isPython, own)) {
      const key = wanted.get(plain(made.replace(/^Async(?=[A-Z])/, "").replace(/(?:Client|SDK|Sdk|API|Api)$/, "")));
      const calls = key ? callsOf(file.text, made, isPython) : null;
      if (!key || !calls || calls.length === 0 || calls.some(({ isGiven }) => isGiven)) continue;
      const [first] = calls;
      if (!first || reads.has(key)) continue;
      const { path } = file;
      const line = lineFinder(file.text)(first.at);
      const service = CREDENTIAL.exec(key)?.[1] ?? "";
      const halves = [...names].filter(
        (name) =>
          /_SECRET(?:_KEY)?$/.test(key) && name.startsWith(`${service}_`) && OTHER_HALF.test(name) && !known.has(name),
      );
      for (const one of [key, ...halves])
        reads.set(one, { key: one, path, line, fallback: "none", value: null, isHosting: false, comment: null });
      if (calls.some(({ at }) => isAtTop(file.text, at)))
        flows.push({ path, name: null, isHandler: false, isHosting: false, needs: [[key, ...halves]], calls: [] });
    }
  }
  return { reads: [...reads.values()], flows };
}

function plain(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9]/g, "").toLowerCase();
}

/** The classes that a file takes from libraries, under their own names. */
function importedClasses(text: string, isPython: boolean, own: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  let seen = 0;
  for (const match of text.matchAll(isPython ? PYTHON_IMPORT : JAVA_SCRIPT_MODULE)) {
    seen += 1;
    if (seen > MAX_IMPORTS) break;
    if (isPython && own.has(plain((match[1] ?? "").split(".")[0] ?? ""))) continue;
    const before = text.slice(Math.max(match.index - MAX_LIST, 0), match.index);
    const start = before.lastIndexOf("import ");
    const list = isPython ? (match[2] ?? "") : start < 0 ? "" : before.slice(start + "import ".length).trim();
    for (const [name] of list.matchAll(/(?<![\w.])[A-Z]\w{1,60}(?=\s{0,5}(?:[,)\n}]|$))/g)) found.add(name);
  }
  return found;
}

/** Where a class is made, and whether it may be given a credential there. */
function callsOf(text: string, name: string, isPython: boolean): { at: number; isGiven: boolean }[] {
  const calls: { at: number; isGiven: boolean }[] = [];
  const start = isPython ? `${name}(` : `new ${name}(`;
  for (let at = text.indexOf(start); at >= 0 && calls.length < MAX_CALLS; at = text.indexOf(start, at + 1)) {
    if (/[\w.]/.test(text[at - 1] ?? " ") || /\b(?:class|def|function)\s$/.test(text.slice(Math.max(at - 10, 0), at)))
      continue;
    const behind = text.slice(at + start.length, at + start.length + MAX_ARGUMENTS);
    const end = behind.indexOf(")");
    const args = behind.slice(0, end < 0 ? behind.length : end);
    // One name alone may be the key.
    calls.push({ at, isGiven: end < 0 || GIVEN.test(args) || /^\s*[A-Za-z_$][\w$.]*\s*$/.test(args) });
  }
  return calls;
}

/** Whether a call stands on a line without indentation, so that it runs when its file is loaded. */
function isAtTop(text: string, at: number): boolean {
  return /^(?:export )?(?:(?:const|let|var) )?[\w$]{1,80}\s?=\s?(?:await )?$/.test(
    text.slice(text.lastIndexOf("\n", at - 1) + 1, at).slice(-200),
  );
}
