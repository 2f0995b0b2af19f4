import type { Input, Provenance } from "@/lib/analysis/spec";

/** Says how certain it is that the server reads an input, and that it needs a required one. */
export function describeConfidence({ confidence, required }: Pick<Input, "confidence" | "required">): string {
  if (confidence >= 0.85) return "certain";
  const word = required ? "needed" : "used";
  return confidence >= 0.5 ? `probably ${word}` : `may not be ${word}`;
}

/** Says a file in words. One of a package, "pypi:thing@1.0.0/README.md", has no page to link to. */
function describeFile(path: string): string {
  const [, own] = /^(?:npm|pypi):(?:@[^@/]{1,214}\/)?[^@/]{1,214}@[^/]{1,100}\/(.{1,400})$/.exec(path) ?? [];
  const named = (own ?? path).replace(/^README\.\w{1,8}$/i, "README");
  return own === undefined ? named : `${named} of the package`;
}

/** Says a place in words: "README, line 12". */
export function describePlace({ from, where }: Provenance): string {
  const [, file, line] = /^(.{1,480}):(\d{1,9})$/.exec(where) ?? [];
  const place = file === undefined ? where : `${describeFile(file)}, line ${line}`;
  if (from === "model") return `${place} (read by the language model)`;
  if (from === "registry") return `the registry${place ? `, ${place}` : ""}`;
  return place;
}
