import { parse as parseToml } from "smol-toml";
import { parse as parseYaml } from "yaml";
import type { TextFile } from "../fetch/files.ts";
import { type Findings, type InputFinding, joinFindings, type LaunchFinding, noFindings } from "../inputs/findings.ts";
import { isEnvName } from "../inputs/input-names.ts";
import { isPlaceholder } from "../inputs/placeholders.ts";
import type { Provenance } from "../spec.ts";
import { readConfigBlock } from "./config-block.ts";
import { readInstallLinks } from "./install-link.ts";
import { readIntroduction } from "./introduction.ts";
import { readCommand } from "./launch.ts";
import { parseLooseJson } from "./loose-json.ts";
import { type CodeBlock, codeBlocks, withoutFences, withoutHtmlComments } from "./markdown.ts";
import { readCases, readListedCases } from "./readme-cases.ts";
import { readChoices } from "./readme-choices.ts";
import { readVariableLists } from "./readme-lists.ts";
import { readSections, type Section } from "./readme-sections.ts";
import { remarkAt } from "./remarks.ts";
import { requiredInValue } from "./requirement-words.ts";
import { parseShell, type ShellCommand } from "./shell.ts";
import { isRecord, textsOf } from "./workflow-expressions.ts";
import { writtenConfigurations } from "./written-configs.ts";

const MAX_BLOCKS = 300;
const MAX_BLOCK_LENGTH = 40_000;

/**
 * Reads a README: client configurations, commands that add or start the server, install links, and the tables and lists
 * that explain variables.
 */
export function readReadme(written: TextFile): Findings {
  const file = { ...written, text: withoutHtmlComments(written.text) };
  const sections = readSections(file.text);
  const blocks = codeBlocks(file.text).slice(0, MAX_BLOCKS);
  const lines = file.text.split("\n");
  const read = blocks
    .filter((block) => block.text.length <= MAX_BLOCK_LENGTH)
    .map((block) => readBlock(block, file.path, saidAbove(block, sections, lines)));
  const { title, description } = readIntroduction(file.text);
  const lists = readVariableLists(file, sections);
  const choices = [...readListedCases(file, lists.inputs), ...readChoices(file)];
  return joinFindings([
    { ...noFindings(), title, description, alternatives: choices },
    readCases(file),
    ...read,
    ...inlineAdditions(file.text).map((block) => readShellBlock(block, file.path, null)),
    readInstallLinks(file.text, file.path),
    lists,
  ]);
}

/**
 * What the text above a block demands of the values in it. What is called optional may be the file, not its values, and a block that has
 * something optional in it is not demanded as a whole.
 */
function saidAbove(block: CodeBlock, sections: readonly Section[], lines: readonly string[]): boolean | null {
  const { required = null, lead = null } = sections[block.line - 1] ?? {};
  if (required === true) return true;
  const above = lines
    .slice(Math.max(0, block.line - 4), block.line)
    .findLast((line) => /^\W{0,8}\w/.test(line) && !/^\s*```/.test(line));
  if (ALL_OPTIONAL.test((above ?? "").slice(0, 300))) return false;
  return lead !== null && !/optional|default|^\s?#\s?\w+=/im.test(block.text) ? true : null;
}

function withoutDemands(launch: LaunchFinding): LaunchFinding {
  return { ...launch, inputs: launch.inputs.map((input) => ({ ...input, required: input.required ?? false })) };
}

/** "With environment variables (all optional)" */
const ALL_OPTIONAL = /\ball\b(?: of (?:them|these|which))?(?: \w{1,20}){0,3} optional\b/i;

/** @param said what the text above the block says of the values in it */
function readBlock(block: CodeBlock, path: string, said: boolean | null): Findings {
  const provenance: Provenance = { from: "readme", where: `${path}:${block.line}` };
  const text = block.text.trim();
  const findings = noFindings();
  const take = (config: unknown) => {
    const { launches, remotes } = readConfigBlock(config, provenance);
    const spared = said === false ? launches.map(withoutDemands) : launches;
    findings.launches.push(...spared.map((launch) => locate(launch, block, path)));
    findings.remotes.push(...remotes);
  };
  const toml = /^\[\[?mcp[._]?servers\b/m.exec(text);
  if (block.language === "toml" || toml) {
    // Some show what stands above with dots, which is no TOML.
    take(tolerant(() => parseToml(text)) ?? tolerant(() => parseToml(text.slice(toml?.index ?? 0))));
  } else if (/^[{["]/.test(text) || /^(jsonc?|json5)$/.test(block.language)) {
    const wrapped = text.startsWith("{") ? text : `{${text.replace(/^\[|\]$/g, "")}}`;
    take(parseLooseJson(wrapped));
  } else if (/^ya?ml$/.test(block.language) || /^(?:mcpServers|mcp_servers|extensions):/m.test(text)) {
    const config = tolerant(() => parseYaml(text, { maxAliasCount: 20, uniqueKeys: false }));
    take(config);
    const inputs = environmentsOf(config).flatMap((pair) => mentioned(pair, provenance));
    findings.inputs.push(...locate({ inputs }, block, path).inputs);
  } else if (
    !/^(python|py|ts|typescript|js|javascript|tsx|jsx|go|rust|java|sql|html|css|diff|mermaid|http)$/.test(
      block.language,
    )
  ) {
    for (const config of writtenConfigurations(text)) take(parseLooseJson(config));
    return joinFindings([findings, readShellBlock(block, path, said)]);
  }
  return findings;
}

function tolerant(parse: () => unknown): unknown {
  try {
    return parse();
  } catch {
    return null;
  }
}

/** Sets the provenance of each variable in a block to its own line, and adds what a comment beside it says. */
function locate<T extends { inputs: InputFinding[] }>(launch: T, block: CodeBlock, path: string): T {
  const lines = block.text.split("\n");
  for (const input of launch.inputs) {
    const needle = input.target === "env" || input.key.startsWith("-") ? input.key : (input.placeholder ?? "");
    const index = needle === "" ? -1 : lines.findIndex((line) => line.includes(needle));
    if (index < 0) continue;
    const remark = remarkAt(lines, index);
    input.provenance = { from: "readme", where: `${path}:${block.line + index}` };
    input.required ??= remark.required ?? requiredInValue(input.placeholder ?? "");
    input.description ??= remark.text;
  }
  return launch;
}

/** The environments of a composition's services, which may be the server's or another's. */
function environmentsOf(composition: unknown): ShellCommand["assignments"] {
  if (!isRecord(composition) || !isRecord(composition.services)) return [];
  const pairs = Object.values(composition.services).flatMap((service) => {
    const environment = isRecord(service) ? service.environment : null;
    if (isRecord(environment))
      return Object.entries(environment).map(([name, value]) => ({ name, value: String(value ?? "") }));
    return textsOf(environment, "\n").map((pair) => {
      const [name = "", value = ""] = pair.split(/=(.*)/s);
      return { name, value };
    });
  });
  return pairs.slice(0, MAX_PAIRS);
}

const MAX_PAIRS = 100;
/** A remark behind a value, where a comment would stand: `export A_KEY=… (required)`. */
const REMARK = /^\((?:required|mandatory|optional)\b[^()]{0,60}\)$/i;

/** The first word behind a value that goes on in words: `A_URL=https://one.example.com or https://two.example.com`. */
const GOES_ON = /^(?:or|and|e\.?g\.?|i\.e\.|like|see|default|optional|required|←|<-|--+|\/\/)$/i;

function readShellBlock(block: CodeBlock, path: string, said: boolean | null): Findings {
  const findings = noFindings();
  const pending: ShellCommand["assignments"] = [];
  const told: ShellCommand["assignments"] = [];
  for (const command of parseShell(block.text).slice(0, 200)) {
    const provenance: Provenance = { from: "readme", where: `${path}:${block.line + command.line}` };
    const program = command.words[0];
    const isTold = command.assignments.length > 0 && GOES_ON.test(program ?? "");
    if (program === undefined || isTold || REMARK.test(command.words.join(" ").slice(0, 100))) {
      pending.push(...command.assignments);
      continue;
    }
    if (command.words.length === 1 && /^https:\/\/\S+$/.test(program)) {
      if (/mcp|sse/i.test(program)) findings.remotes.push({ url: program.slice(0, 1_000), provenance });
      continue;
    }
    const env = [...pending, ...command.assignments];
    const { launches, remotes } = readWords(command.words, env, provenance);
    // What starts nothing may be a value in words: `A_URL=The address of your server`.
    if (launches.length === 0 && remotes.length === 0 && !RUNNER_PATTERN.test(program))
      told.push(...command.assignments.map(({ name }) => ({ name, value: "" })));
    for (const launch of launches) findings.launches.push(locate(launch, block, path));
    findings.remotes.push(...remotes);
  }
  if (findings.launches.length === 0) {
    const provenance: Provenance = { from: "readme", where: `${path}:${block.line}` };
    const inputs = [...pending, ...told].flatMap((pair) => mentioned(pair, provenance));
    for (const input of locate({ inputs }, block, path).inputs)
      findings.inputs.push({ ...input, required: input.required ?? said });
  }
  return findings;
}

function mentioned(pair: { name: string; value: string }, provenance: Provenance): InputFinding[] {
  if (!isEnvName(pair.name)) return [];
  const placeholder = isPlaceholder(pair.value, pair.name) ? pair.value.trim().slice(0, 200) || null : null;
  return [{ key: pair.name, target: "env", evidence: "mentioned", provenance, placeholder }];
}

const RUNNER_PATTERN = /(^|\/)(npx|bunx|uvx|uv|pipx|docker|node|python3?|pnpm|yarn)$/;

function readWords(
  words: string[],
  env: ShellCommand["assignments"],
  provenance: Provenance,
): Pick<Findings, "launches" | "remotes"> {
  const [program = "", ...args] = words;
  const adds = words.slice(0, 4).findIndex((word) => /^(add|add-json|--add-mcp|add-mcp|install)$/.test(word));
  const isClient =
    /^(claude|codex|gemini|code|code-insiders|amp|cursor|cursor-agent|droid|copilot|auggie|qwen|opencode|goose|\/mcp|mcp|autohand|openclaw)$/.test(
      program,
    );
  const isOfFile = /^(fastmcp|mcp)$/.test(program) && args.some((word) => /\.py(:\w+)?$/.test(word));
  // Every client's command line that has servers to add calls it so: `NAME mcp add`.
  if (adds >= 0 && !isOfFile && (isClient || words[1] === "mcp"))
    return readAddition(words.slice(adds + 1), env, provenance);
  if (words.some((word) => word.startsWith("{")) && words[1] === "mcp" && words[2] === "set")
    return readAddition(words.slice(3), env, provenance);
  if (!RUNNER_PATTERN.test(program) && !isOfFile) return { launches: [], remotes: [] };
  const adding = words.slice(0, 4).findIndex((word) => ADDING_PACKAGE.test(word));
  if (adding > 0) {
    const isOfClient = (word: string) => /^(--(client|scope|target|agent|oauth)|-[cas])$/.test(word);
    const added = words
      .slice(adding + 1)
      .filter((word, at, all) => !isOfClient(word) && !isOfClient(all[at - 1] ?? ""));
    const isPackage = /^@?[a-z0-9][\w./-]*(@[\w.^~-]+)?$/.test(added[0] ?? "") && !RUNNER_PATTERN.test(added[0] ?? "");
    return readAddition(isPackage ? ["npx", ...added] : added, env, provenance);
  }
  const { launch, remote } = readCommand({ command: program, args, env }, provenance);
  return { launches: launch ? [launch] : [], remotes: remote ? [remote] : [] };
}

const MAX_INLINE = 20;

/** Commands in the midst of prose that add the server to a client: "Run `claude mcp add thing -- npx thing-mcp`". */
function inlineAdditions(text: string): CodeBlock[] {
  if (!text.includes(" mcp add")) return [];
  const found: CodeBlock[] = [];
  for (const [index, line] of withoutFences(text).split("\n").entries()) {
    const spans = line.slice(0, MAX_BLOCK_LENGTH).split("`");
    for (const span of spans.filter((_, at) => at % 2 === 1))
      if (/^[a-z][a-z-]{1,20} mcp add(-json)? \S/.test(span)) found.push({ language: "", text: span, line: index + 1 });
    if (found.length >= MAX_INLINE) break;
  }
  return found.slice(0, MAX_INLINE);
}

/** Packages that write a server into the configurations of clients: `npx add-mcp thing-mcp --env A_KEY=x`. */
const ADDING_PACKAGE = /^(add-mcp|install-mcp|mcp-add)(@[\w.^~-]{1,30})?$/;

const QUOTED_COMMAND = /^(npx|bunx|uvx|uv|pipx|docker) \S/;

/**
 * Parses `claude mcp add NAME -e KEY=VALUE -- npx -y PACKAGE`, `… --transport http NAME URL` and `code --add-mcp
 * '{…}'`.
 */
function readAddition(
  written: string[],
  env: ShellCommand["assignments"],
  provenance: Provenance,
): Pick<Findings, "launches" | "remotes"> {
  // Some clients take the whole command as one text: `droid mcp add NAME "npx -y PACKAGE"`.
  const words = written.flatMap((word) => (QUOTED_COMMAND.test(word) ? word.trim().split(/\s+/) : [word]));
  const json = words.find((word) => word.trimStart().startsWith("{"));
  if (json !== undefined) return readConfigBlock(parseLooseJson(json), provenance);
  const dashes = words.indexOf("--");
  const start = dashes >= 0 ? dashes + 1 : words.findIndex((word) => RUNNER_PATTERN.test(word));
  const pairs = [...env];
  for (const [index, word] of words.slice(0, start < 0 ? words.length : start).entries()) {
    const inline = /^(?:-e|--env)=(.+)$/.exec(word)?.[1] ?? (/^(-e|--env)$/.test(words[index - 1] ?? "") ? word : word);
    const pair = /^([A-Z][A-Z0-9_]+)=([\s\S]*)$/.exec(inline);
    if (pair?.[1]) pairs.push({ name: pair[1], value: pair[2] ?? "" });
  }
  const command = start < 0 ? undefined : words[start];
  if (command === undefined) {
    const url = words.find((word) => /^https:\/\/\S+$/.test(word));
    return { launches: [], remotes: url ? [{ url: url.slice(0, 1_000), provenance }] : [] };
  }
  const { launch, remote } = readCommand({ command, args: words.slice(start + 1), env: pairs }, provenance);
  return { launches: launch ? [{ ...launch, isConfiguration: true }] : [], remotes: remote ? [remote] : [] };
}
