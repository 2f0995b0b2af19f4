import type { TextFile } from "../fetch/files.ts";
import { type Findings, type InputFinding, noFindings } from "../inputs/findings.ts";
import { isEnvName } from "../inputs/input-names.ts";

const MAX_VARIABLES = 100;

/**
 * Reads the variables that a Dockerfile sets. They prove that the server knows them. Their values are for that
 * container, with its folders and network transport, so none becomes a default.
 */
export function readDockerfile(file: TextFile): Findings {
  const inputs: InputFinding[] = [];
  file.text.split(/\r?\n/).forEach((line, index) => {
    const text = /^\s*(?:ENV|ARG)\s+(\S.{0,1999})$/i.exec(line)?.[1];
    if (text === undefined) return;
    const pairs = [...text.matchAll(/(?:^|\s)([A-Z][A-Z0-9_]*)=/g)].map((match) => match[1] ?? "");
    const names = pairs.length > 0 ? pairs : [/^([A-Z][A-Z0-9_]*)(?:\s|$)/.exec(text)?.[1] ?? ""];
    for (const key of names) {
      if (!isEnvName(key) || inputs.length >= MAX_VARIABLES) continue;
      const provenance = { from: "source" as const, where: `${file.path}:${index + 1}` };
      inputs.push({ key, target: "env", evidence: "mentioned", provenance });
    }
  });
  return { ...noFindings(), inputs };
}
