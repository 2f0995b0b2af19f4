import type { ToolView } from "@/lib/deployments/view";

/** A tool as the page shows it. The server is untrusted, so only the name is certain to exist and to be text. */
export interface ListedTool {
  name: string;
  title: string | null;
  description: string | null;
  inputSchema: unknown;
  outputSchema: unknown;
  /** What the server claims about the effects of the tool. Catwalk does not verify it, so the words say who claims it. */
  claims: string[];
}

const toText = (value: unknown): string | null => (typeof value === "string" && value.trim() !== "" ? value : null);

/** Reads the tools of a server's list. Keeps the first of each name, which is the one that a client calls. */
export function listTools(tools: readonly ToolView[]): ListedTool[] {
  const byName = new Map<string, ListedTool>();
  for (const { name, title, description, inputSchema, outputSchema, annotations } of tools) {
    if (byName.has(name)) continue;
    byName.set(name, {
      name,
      title: toText(title),
      description: toText(description),
      inputSchema,
      outputSchema,
      claims: readClaims(annotations),
    });
  }
  return [...byName.values()];
}

function readClaims(annotations: unknown): string[] {
  if (typeof annotations !== "object" || annotations === null) return [];
  const hints = annotations as Record<string, unknown>;
  const claims: string[] = [];
  if (hints.readOnlyHint === true) claims.push("Read-only");
  // MCP: destructiveHint is meaningful only when readOnlyHint is false.
  else if (hints.destructiveHint === true) claims.push("Can delete or overwrite data");
  if (hints.openWorldHint === true) claims.push("Uses external services");
  return claims;
}
