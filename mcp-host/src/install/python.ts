const VERSION = String.raw`(?:===|[<>=!~]=|[<>])\s*[\w.*+]+`;
const DEMAND = new RegExp(
  String.raw`(?:requires|depends on|does not satisfy) Python\s*(${VERSION}(?:\s*,\s*${VERSION})*)`,
  "gi",
);

/** Returns the Python versions that uv reports as needed, as PEP 440 writes them, in uv's order. */
export function parsePythonDemands(output: string): string[] {
  return [...output.matchAll(DEMAND)].map(([, specifiers = ""]) => specifiers.replace(/\s+/g, ""));
}

/**
 * Summarizes why uv could neither find nor download a Python: the failure and, in parentheses, its first cause. Removes passwords
 * from URLs.
 */
export function summarizeUvFailure(output: string): string {
  const lines = output.split("\n").map((line) => line.trim().replace(/\/\/[^/@\s]*@/g, "//"));
  const of = (pattern: RegExp) => lines.flatMap((line) => pattern.exec(line)?.[1] ?? []);
  const [failed = lines.find((line) => line !== "") ?? "no reason given"] = of(/^error: (.+)/);
  const cause = of(/^(?:cause|caused by): (.+)/i).at(-1);
  return (cause === undefined ? failed : `${failed} (${cause})`).slice(0, 500);
}
