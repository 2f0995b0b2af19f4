import { isEnvName, upperName } from "../../inputs/input-names.ts";
import type { BraceProject } from "./project.ts";
import { type BraceLanguage, closingMark, type Token } from "./tokens.ts";

/** What a property's place says: `${a.key}`, `${A_KEY:}`, `\${a.key:value}`. */
const PLACE = /^\\?\$\{([\w.-]{1,100})(?::([^{}]{0,200}))?\}$/;
const MAX_DECLARATION = 8;

/**
 * Notes the fields and parameters into which Spring puts a variable, where nothing else stands in its place: `@Value("${A_KEY:}") String key`,
 * also by way of a properties file.
 *
 * @param properties values of properties files by property
 */
export function learnInjected(
  { language, tokens }: { language: BraceLanguage; tokens: readonly Token[] },
  properties: ReadonlyMap<string, string>,
  project: BraceProject,
): void {
  if (language !== "java" && language !== "kotlin") return;
  for (const [at, token] of tokens.entries()) {
    if (token.value !== "Value" || tokens[at - 1]?.value !== "@" || tokens[at + 1]?.value !== "(") continue;
    const close = closingMark(tokens, at + 1);
    const key = variableOf(tokens[at + 2]?.value ?? "", properties);
    const declared = tokens.slice(close + 1, close + 1 + MAX_DECLARATION);
    const name = language === "java" ? javaName(declared) : kotlinName(declared);
    if (key === null || name === null) continue;
    project.injected.set(name, key);
    if (!project.fields.has(name)) project.fields.set(name, key);
  }
}

/** Returns the variable that alone gives a property its value, or null: `${A_KEY:}` behind `thing.key`. */
export function aliasOf(value: string): string | null {
  const [, name = "", fallback = ""] = PLACE.exec(value) ?? [];
  return fallback === "" && isEnvName(name) ? name : null;
}

function variableOf(place: string, properties: ReadonlyMap<string, string>): string | null {
  const [whole, name = "", fallback = ""] = PLACE.exec(place) ?? [];
  if (whole === undefined || fallback !== "") return null;
  const given = properties.get(name.toLowerCase().replace(/[_-]/g, ""));
  if (given !== undefined && given !== "") return aliasOf(given);
  return isEnvName(name) ? name : upperName(name);
}

function javaName(declared: readonly Token[]): string | null {
  const end = declared.findIndex(({ value }) => /^[;,)=]$/.test(value));
  const name = declared[end - 1];
  return end > 0 && name?.kind === "word" ? name.value : null;
}

function kotlinName(declared: readonly Token[]): string | null {
  const name = declared[declared.findIndex(({ value }) => value === ":") - 1];
  return name?.kind === "word" ? name.value : null;
}

const RUNS_AT_START = /^(PostConstruct|Bean|EventListener|Startup|OnStartup|Observes)$/;
const MADE_AT_START =
  /^(Component|Service|Configuration|Repository|SpringBootApplication|RestController|ApplicationScoped|Startup|Singleton)$/;

/**
 * Returns whether a framework runs a function when the program starts: an annotation says so, or it is what makes an object that is there
 * from the start.
 *
 * @param body index of the first token of its body
 */
export function isRunByFramework(tokens: readonly Token[], name: string, body: number): boolean {
  if (/^(afterPropertiesSet|onApplicationEvent)$/.test(name)) return true;
  for (let at = body; at > body - 80 && at >= 0; at -= 1) {
    const token = tokens[at];
    if (token?.value === "@" && RUNS_AT_START.test(tokens[at + 1]?.value ?? "")) return true;
    if (at < body - 1 && token?.kind === "mark" && /^[;}]$/.test(token.value)) break;
  }
  return madeAtStart(tokens).has(name);
}

/** The classes of a file of which a framework makes an object when the program starts. */
const known = new WeakMap<readonly Token[], ReadonlySet<string>>();

function madeAtStart(tokens: readonly Token[]): ReadonlySet<string> {
  const names =
    known.get(tokens) ??
    new Set(tokens.flatMap((_, at) => (isMadeAtStart(tokens, at) ? [tokens[at]?.value ?? ""] : [])));
  known.set(tokens, names);
  return names;
}

function isMadeAtStart(tokens: readonly Token[], at: number): boolean {
  if (tokens[at]?.kind !== "word" || tokens[at - 1]?.value !== "class") return false;
  const before = tokens.slice(Math.max(0, at - 30), at);
  const own = before.slice(before.findLastIndex(({ value }) => value === "}" || value === ";") + 1);
  return own.some(({ value }, index) => value === "@" && MADE_AT_START.test(own[index + 1]?.value ?? ""));
}
