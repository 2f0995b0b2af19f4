import type { TextFile } from "../fetch/files.ts";
import { type Findings, type InputFinding, noFindings } from "../inputs/findings.ts";
import { isEnvName } from "../inputs/input-names.ts";

const MAX_VARIABLES = 100;
/** A word of a command that has a server speak over the network: "http", --sse, --transport=streamable-http. */
const NETWORK_WORD = /(^|[\s"'[,=])(?:--?)?(?:https?|sse|shttp|streamable-?http)(?=$|[\s"',\]])/i;
const STDIO_WORD = /\bstdio\b/i;

/** Returns whether the container that a Dockerfile makes has its server speak MCP over the network, by the arguments of its command. */
export function startsOverNetwork(file: TextFile): boolean {
  // An instruction goes on behind a backslash: the CMD of a HEALTHCHECK is none of the container's.
  const instructions = file.text.replaceAll(/\\\r?\n/g, " ").split(/\r?\n/);
  const commands = instructions.filter((line) => /^\s*(?:CMD|ENTRYPOINT)\s/i.test(line.slice(0, 100)));
  const last = commands.slice(-2).join(" ").slice(0, 2_000);
  return NETWORK_WORD.test(last) && !STDIO_WORD.test(last);
}

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
