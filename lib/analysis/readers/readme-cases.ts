import type { TextFile } from "../fetch/files.ts";
import { type Findings, noFindings } from "../inputs/findings.ts";
import { isEnvName } from "../inputs/input-names.ts";
import { codeBlocks } from "./markdown.ts";

const MAX_LINE_LENGTH = 1_000;
const MAX_SECTIONS = 300;
const MAX_WAYS = 10;
const MAX_KEYS = 12;
const MAX_BLOCK_LINES = 40;
const DEMANDING = /\b(must|need to|needs to|have to) (provide|set|specify|configure|define|supply)\b/i;

interface Section {
  level: number;
  /** Number of the section above it. */
  parent: number;
  /** The environments that its blocks write out. */
  ways: string[][];
  isDemanding: boolean;
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
    const ways = cases.flatMap((one) => one.ways);
    const [first = []] = ways;
    const common = first.filter((key) => ways.every((way) => way.includes(key)));
    const own = ways.map((way) => way.filter((key) => !common.includes(key)));
    const branches = [...new Map(own.map((way) => [[...way].sort().join(), way])).values()];
    if (cases.length < 2 || common.length === 0 || branches.length < 2 || branches.length > MAX_WAYS) continue;
    for (const key of common) {
      const provenance = { from: "readme" as const, where: `${file.path}:${lines.get(key) ?? 1}` };
      findings.inputs.push({ key, target: "env", evidence: "mentioned", provenance, required: true });
    }
    if (branches.every((branch) => branch.length > 0))
      findings.alternatives.push({ what: "One of these ways", branches, required: true, isStated: true });
  }
  return findings;
}

/** The sections of a README with the environments in them, and the line on which each variable stands first. */
function readSections(text: string): { sections: Section[]; lines: Map<string, number> } {
  const blocks = new Map(codeBlocks(text).map((block) => [block.line, block]));
  const sections: Section[] = [{ level: 0, parent: -1, ways: [], isDemanding: false }];
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
      sections.push({ level, parent: open.at(-1) ?? 0, ways: [], isDemanding: false });
      open.push(sections.length - 1);
    } else if (DEMANDING.test(line)) current.isDemanding = true;
  }
  return { sections, lines };
}

/** The variables of a block that writes out an environment and nothing else, or null. */
function environmentOf(block: string): string[] | null {
  const lines = block.split("\n").filter((line) => line.trim() !== "" && !/^\s*#/.test(line));
  if (lines.length === 0 || lines.length > MAX_BLOCK_LINES) return null;
  const keys = lines.map((line) => /^\s*(?:export\s+)?([A-Z][A-Z0-9_]{2,99})\s?=/.exec(line)?.[1] ?? "");
  const unique = [...new Set(keys)];
  return unique.length <= MAX_KEYS && unique.every((key) => isEnvName(key)) ? unique : null;
}
