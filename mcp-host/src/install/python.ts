const VERSION = String.raw`(?:===|[<>=!~]=|[<>])\s*[\w.*+]+`;
const DEMAND = new RegExp(
  String.raw`(?:requires|depends on|does not satisfy) Python\s*(${VERSION}(?:\s*,\s*${VERSION})*)`,
  "gi",
);

/** The versions of Python that something needs and the one at hand is not, as PEP 440 writes them, in the order in which uv says so. */
export function parsePythonDemands(output: string): string[] {
  return [...output.matchAll(DEMAND)].map(([, specifiers = ""]) => specifiers.replace(/\s+/g, ""));
}

/** What uv wrote when it could neither find nor fetch a Python: what failed and, in parentheses, its first cause. Nobody's password is in it. */
export function summarizeUvFailure(output: string): string {
  const lines = output.split("\n").map((line) => line.trim().replace(/\/\/[^/@\s]*@/g, "//"));
  const of = (pattern: RegExp) => lines.flatMap((line) => pattern.exec(line)?.[1] ?? []);
  const [failed = lines.find((line) => line !== "") ?? "no reason given"] = of(/^error: (.+)/);
  const cause = of(/^(?:cause|caused by): (.+)/i).at(-1);
  return (cause === undefined ? failed : `${failed} (${cause})`).slice(0, 500);
}
