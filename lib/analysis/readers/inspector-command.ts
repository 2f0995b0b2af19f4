/** What an inspector's command starts, and the inspector's own options in front of it. */
export interface InspectedCommand {
  before: string[];
  command: string;
  args: string[];
}

const INSPECTOR = /^@modelcontextprotocol\/inspector(?:-cli)?(?:@|$)/;
const RUNNER = /^(?:npx|bunx|uvx|uv|pipx|node|tsx|bun|deno|python3?|docker|podman|java|dotnet|go|cargo)$/;
/** Options of an inspector without a window. People write them behind the command of the server. */
const ASKS = /^--(?:method|tool-name|tool-arg|tool-metadata|prompt-name|prompt-args|uri|log-level|metadata)(?:=|$)/;
const WINDOWLESS = "--cli";

/**
 * Parts a command of the protocol's inspector into its own options and the command of the server: `npx @modelcontextprotocol/inspector
 * --cli node build/index.js --method tools/list`. Returns null for another command, and an empty command where no server is started.
 */
export function readInspectorCommand(program: string, words: readonly string[]): InspectedCommand | null {
  const isRunner = /^(?:npx|bunx|pnpm|yarn|npm|bun)$/.test(program);
  const at = isRunner ? words.findIndex((word) => INSPECTOR.test(word)) : -1;
  if (at < 0) return null;
  const behind = words.slice(at + 1);
  const start = behind.findIndex((word) => RUNNER.test(word));
  if (start < 0) return { before: behind, command: "", args: [] };
  const before = behind.slice(0, start);
  const args = behind.slice(start + 1);
  const end = before.includes(WINDOWLESS) || args.includes(WINDOWLESS) ? args.findIndex((word) => ASKS.test(word)) : -1;
  const ofServer = (end < 0 ? args : args.slice(0, end)).filter((word) => word !== WINDOWLESS);
  return { before, command: behind[start] ?? "", args: ofServer };
}
