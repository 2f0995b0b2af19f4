import type { TextFile } from "../../fetch/files.ts";
import { isEnvName, isProgramFlag, isTransportName } from "../../inputs/input-names.ts";
import { isPlaceholder } from "../../inputs/placeholders.ts";
import { emptyScan, type ScanResult } from "../types.ts";
import type { BraceProject } from "./project.ts";
import { readAt } from "./reads.ts";
import type { ServingLines } from "./rust-commands.ts";
import type { Token } from "./tokens.ts";

const MAX_FIELDS = 200;
const MAX_ATTRIBUTE_LINES = 25;

/**
 * Reads what Rust programs declare through clap's derive macros: `#[arg(long, env = "NAME", default_value = "x")]` above a
 * field, whose type says whether it may be left out. Doc comments describe it.
 *
 * @param isServing whether a line declares something of the server, not of another subcommand
 * @param constants texts by the names of the constants that hold them
 * @param optional filled with the variables of arguments that may be left out, by their fields
 */
export function readRustArguments(
  file: TextFile,
  isServing: ServingLines,
  constants: ReadonlyMap<string, string>,
  optional = new Map<string, string | null>(),
): ScanResult {
  const result = emptyScan();
  if (!/\bclap\b/.test(file.text)) return result;
  const lines = file.text.split("\n");
  let position = 0;
  for (let index = 0; index < lines.length && result.options.length < MAX_FIELDS; index += 1) {
    const line = (lines[index] ?? "").slice(0, 500);
    if (!/^\s*#\[(arg|clap|structopt)\(/.test(line)) continue;
    const attribute = attributeAt(lines, index);
    const field = fieldAfter(lines, attribute.end);
    if (!field || /\b(subcommand|flatten|skip)\b/.test(attribute.text) || !isServing(file.path, field.line)) continue;
    const told = factsOf(attribute.text, field, descriptionAbove(lines, index), constants);
    const provenance = { from: "source" as const, where: `${file.path}:${field.line}` };
    const isFlag = /\b(long|short)\b/.test(attribute.text);
    const key = isFlag ? (told.flag ?? `--${field.name.replaceAll("_", "-")}`) : `position ${position}`;
    if (!isFlag) position += 1;
    if (!isProgramFlag(key) && !isTransportName(key)) {
      result.options.push({
        key,
        target: "arg",
        evidence: "read",
        provenance,
        label: isFlag ? null : field.name.replaceAll("_", " "),
        required: told.isRequired,
        whenMissing: told.isRequired ? "fails" : told.fallback !== null ? "default" : "unknown",
        description: told.description,
        type: told.isSwitch ? "boolean" : null,
        default: told.fallback !== null && !isPlaceholder(told.fallback, key) ? told.fallback : null,
        template: told.isSwitch ? key : null,
        ...(told.short && isFlag && { aliases: [told.short] }),
      });
    }
    if (told.variable === null || !isEnvName(told.variable)) continue;
    result.links.push({ key: told.variable, flag: key });
    if (!told.isRequired && !told.isSwitch && told.fallback === null) {
      const isSame = !optional.has(field.name) || optional.get(field.name) === told.variable;
      optional.set(field.name, isSame ? told.variable : null);
    }
    result.reads.push({
      key: told.variable,
      path: file.path,
      line: field.line,
      fallback: told.fallback !== null ? "literal" : told.isRequired ? "none" : "computed",
      value: told.fallback,
      isHosting: isTransportName(key),
      comment: null,
      description: told.description,
      ...(told.isHidden && { isSecret: true }),
    });
    if (told.isRequired)
      result.flows.push({
        path: file.path,
        name: null,
        isHandler: false,
        isHosting: false,
        needs: [[told.variable]],
        calls: [],
      });
  }
  return result;
}

/** Reads the arguments that a program takes by their position: `env::args().nth(1)`. */
export function readRustPositions(
  file: TextFile,
  tokens: readonly Token[],
  project: BraceProject,
): ScanResult["positions"] {
  return tokens.flatMap((token, at): ScanResult["positions"] => {
    const read = token.kind === "word" && tokens[at + 1]?.value === "::" ? readAt(tokens, at, "rust", project) : null;
    if (!read?.key.startsWith("position ")) return [];
    const where = `${file.path}:${read.line}`;
    return [{ key: read.key, target: "arg", evidence: "read", provenance: { from: "source", where } }];
  });
}

function attributeAt(lines: readonly string[], start: number): { text: string; end: number } {
  let text = "";
  for (let index = start; index < Math.min(lines.length, start + MAX_ATTRIBUTE_LINES); index += 1) {
    const line = (lines[index] ?? "").slice(0, 500);
    text += `${line}\n`;
    // A comment may stand behind it: `#[arg()] // Positional`.
    if (/\)\]\s*$/.test(line.split(/\s\/\//, 1)[0]?.slice(-40) ?? "")) return { text, end: index + 1 };
  }
  return { text, end: start + 1 };
}

interface RustField {
  name: string;
  type: string;
  line: number;
}

function fieldAfter(lines: readonly string[], from: number): RustField | null {
  for (let index = from; index < from + 8; index += 1) {
    const field = /^\s*(?:pub(?:\([\w ]+\))?\s+)?(?:r#)?([a-z_]\w*)\s*:\s*([^,]{1,200})/.exec(
      (lines[index] ?? "").slice(0, 400),
    );
    if (field?.[1]) return { name: field[1], type: (field[2] ?? "").trim(), line: index + 1 };
    if (!/^\s*(#\[|\/\/|$)/.test((lines[index] ?? "").slice(0, 200))) return null;
  }
  return null;
}

function descriptionAbove(lines: readonly string[], at: number): string | null {
  const found: string[] = [];
  for (let index = at - 1; index >= 0 && found.length < 4; index -= 1) {
    const text = /^\s*\/\/\/\s?(.*)$/.exec((lines[index] ?? "").slice(0, 500))?.[1];
    if (text === undefined) break;
    found.unshift(text.trim());
  }
  const joined = found.join(" ").trim();
  return joined === "" ? null : joined;
}

function factsOf(attribute: string, field: RustField, comment: string | null, constants: ReadonlyMap<string, string>) {
  const text = (name: string) => new RegExp(`\\b${name}\\s*=\\s*"([^"]{0,500})"`).exec(attribute)?.[1] ?? null;
  // `default_value_t = 8080`, `default_value_t = String::from("x")`
  const typed = /\bdefault_value_t\s*=\s*(?:String::from\(\s*)?(?:"([^"]{0,500})"|(\d[\w.]{0,50}|true|false)\b)/.exec(
    attribute,
  );
  const fallback = text("default_value") ?? typed?.[1] ?? typed?.[2] ?? null;
  const named = /\benv\s*=\s*(?:\w{1,50}::)?([A-Z][A-Z0-9_]{1,100})\b/.exec(attribute)?.[1];
  const isSwitch = /^bool\b/.test(field.type);
  const isOptional =
    /^(Option|Vec)\s*</.test(field.type) || isSwitch || /\bdefault_value|\bdefault_missing_value/.test(attribute);
  const long = text("long");
  const short = /\bshort\s*=\s*'([A-Za-z])'/.exec(attribute)?.[1] ?? null;
  const isShort = short === null && /[(,\s]short\s*[,)]/.test(attribute);
  return {
    variable:
      text("env") ??
      (named && constants.get(named)) ??
      (/[(,\s]env\s*[,)]/.test(attribute) ? field.name.toUpperCase() : null),
    flag: long === null ? null : `--${long}`,
    short: short === null ? (isShort ? `-${field.name.charAt(0)}` : null) : `-${short}`,
    fallback: isSwitch ? null : fallback,
    isSwitch,
    isHidden: /\bhide_env_values\s*=\s*true/.test(attribute),
    isRequired:
      /\brequired\s*=\s*true/.test(attribute) ||
      (!isOptional && !/\brequired\s*=\s*false|required_unless|required_if|conflicts_with|exclusive/.test(attribute)),
    description: text("help") ?? text("about") ?? comment,
  };
}
