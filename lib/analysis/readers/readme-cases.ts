import type { TextFile } from "../fetch/files.ts";
import { type AlternativeFinding, type Findings, type InputFinding, noFindings } from "../inputs/findings.ts";
import { isEnvName } from "../inputs/input-names.ts";
import { codeBlocks } from "./markdown.ts";

const MAX_LINE_LENGTH = 1_000;
const MAX_SECTIONS = 300;
const MAX_WAYS = 10;
const MAX_KEYS = 12;
const MAX_BLOCK_LINES = 40;
/** A heading of another way to run the server, or of work on it. */
const OTHER_RUN =
  /\b(https?|sse|streamable|transports?|oauth|develop\w*|testing|tests?|contribut\w*|troubleshooting)\b/i;
const DEMANDING = /\b(must|need to|needs to|have to) (provide|set|specify|configure|define|supply)\b/i;

interface Section {
  level: number;
  /** Number of the section above it. */
  parent: number;
  /** The environments that its blocks write out. */
  ways: string[][];
  isDemanding: boolean;
  /** It is about a network transport, or another way to run the server. */
  isElsewhere: boolean;
}

/**
 * Reads sections for several cases, each of which demands an environment of its own and writes it out: "For Cloud you must
 * provide …", "For a local server you must provide …". What all of them have is required, and the rest is a choice.
 */
export function readCases(file: TextFile): Findings {
  const findings = noFindings();
  const { sections, lines } = readSections(file.text);
  const byParent = Map.groupBy(
    sections.filter((one) => one.isDemanding && one.ways.length > 0),
    ({ level, parent }) => `${parent} ${level}`,
  );
  for (const cases of byParent.values()) {
    const judged = judgeCases(cases.flatMap((one) => one.ways));
    if (cases.length < 2 || judged === null) continue;
    for (const key of judged.common) {
      const provenance = { from: "readme" as const, where: `${file.path}:${lines.get(key) ?? 1}` };
      findings.inputs.push({ key, target: "env", evidence: "mentioned", provenance, required: true });
    }
    if (judged.isChoice) findings.alternatives.push(choiceOf(judged.branches));
  }
  return findings;
}

/**
 * Reads sections for several cases, each of which lists what it requires: a table for the cloud and one for a server of one's own. A
 * variable that all of them list tells that each speaks of the whole.
 *
 * @param listed what the README's tables and lists say
 */
export function readListedCases(file: TextFile, listed: readonly InputFinding[]): AlternativeFinding[] {
  const { sections, sectionAt } = readSections(file.text);
  const demands = new Map<Section, Set<string>>();
  for (const { key, target, required, provenance } of listed) {
    const section = sections[sectionAt[Number(provenance.where.slice(file.path.length + 1)) - 1] ?? -1];
    if (!section || target !== "env" || required !== true || section.isElsewhere) continue;
    demands.set(section, (demands.get(section) ?? new Set()).add(key));
  }
  const byParent = Map.groupBy(demands, ([{ level, parent }]) => `${parent} ${level}`);
  return [...byParent.values()].flatMap((cases) => {
    const judged = cases.length < 2 ? null : judgeCases(cases.map(([, keys]) => [...keys]));
    return judged?.isChoice ? [choiceOf(judged.branches)] : [];
  });
}

function choiceOf(branches: string[][]): AlternativeFinding {
  return { what: "One of these ways", branches, required: true, isStated: true };
}

/** What all ways have, and what each has of its own. Null where they have nothing in common, or do not differ. */
function judgeCases(ways: string[][]): { common: string[]; branches: string[][]; isChoice: boolean } | null {
  const [first = []] = ways;
  const common = first.filter((key) => ways.every((way) => way.includes(key)));
  const own = ways.map((way) => way.filter((key) => !common.includes(key)));
  const branches = [...new Map(own.map((way) => [[...way].sort().join(), way])).values()];
  if (common.length === 0 || branches.length < 2 || branches.length > MAX_WAYS) return null;
  return { common, branches, isChoice: branches.every((branch) => branch.length > 0) };
}

/** The sections of a README with the environments in them, the line on which each variable stands first, and the section of each line. */
function readSections(text: string): { sections: Section[]; lines: Map<string, number>; sectionAt: number[] } {
  const blocks = new Map(codeBlocks(text).map((block) => [block.line, block]));
  const sections: Section[] = [{ level: 0, parent: -1, ways: [], isDemanding: false, isElsewhere: false }];
  const sectionAt: number[] = [];
  const open = [0];
  const lines = new Map<string, number>();
  let inBlockUntil = 0;
  for (const [index, whole] of text.split(/\r?\n/).entries()) {
    const at = index + 1;
    const line = whole.slice(0, MAX_LINE_LENGTH);
    const block = blocks.get(at);
    const current = sections[open.at(-1) ?? 0];
    if (block) {
      inBlockUntil = at + block.text.split("\n").length;
      const keys = environmentOf(block.text);
      for (const key of keys ?? []) if (!lines.has(key)) lines.set(key, at);
      if (keys) for (const one of open) sections[one]?.ways.push(keys);
    }
    if (at < inBlockUntil || !current) continue;
    const level = /^(#{1,6})\s/.exec(line)?.[1]?.length;
    if (level !== undefined && sections.length < MAX_SECTIONS) {
      while (open.length > 1 && (sections[open.at(-1) ?? 0]?.level ?? 0) >= level) open.pop();
      const parent = open.at(-1) ?? 0;
      const isElsewhere = sections[parent]?.isElsewhere === true || OTHER_RUN.test(line);
      sections.push({ level, parent, ways: [], isDemanding: false, isElsewhere });
      open.push(sections.length - 1);
    } else if (DEMANDING.test(line)) current.isDemanding = true;
    sectionAt[index] = open.at(-1) ?? 0;
  }
  return { sections, lines, sectionAt };
}

/** The variables of a block that writes out an environment and nothing else, or null. */
function environmentOf(block: string): string[] | null {
  const lines = block.split("\n").filter((line) => line.trim() !== "" && !/^\s*#/.test(line));
  if (lines.length === 0 || lines.length > MAX_BLOCK_LINES) return null;
  const keys = lines.map((line) => /^\s*(?:export\s+)?([A-Z][A-Z0-9_]{2,99})\s?=/.exec(line)?.[1] ?? "");
  const unique = [...new Set(keys)];
  return unique.length <= MAX_KEYS && unique.every((key) => isEnvName(key)) ? unique : null;
}
