import { inEmptyFolder, type Tool, toolEnvironment } from "./python-tool.ts";

const TIMEOUT_MS = 60_000;

/** What tells the index that a client uses without further words, and how it says so in the help on `install`. */
const PACKAGE_CLIENTS: { command: [string, ...string[]]; says: RegExp }[] = [
  ...["python3", "python"].map((python): (typeof PACKAGE_CLIENTS)[number] => ({
    command: [python, "-m", "pip", "install", "--help"],
    says: /--index-url <url>[^(]*\(default:?\s+(\S+?)\)/,
  })),
  { command: ["uv", "pip", "install", "--help"], says: /--default-index <\w+>[^(]*\(by\s+default:\s+<(\S+?)>\)/ },
];

/**
 * The index that this host's pip uses by its owner's settings, or its uv's own where there is no pip. The help is where both of
 * them say it to anybody; pip masks the user and the password there, and such an address is of no use.
 *
 * @returns the address; null where no client tells one that can be asked without a password
 */
export async function indexOfThisHost(variables: Record<string, string | undefined>): Promise<string | null> {
  // Too wide for any line to be broken.
  const env = { ...toolEnvironment(variables), COLUMNS: "10000", NO_COLOR: "1" };
  return inEmptyFolder(env, AbortSignal.timeout(2 * TIMEOUT_MS), async (tool) => {
    for (const { command, says } of PACKAGE_CLIENTS) {
      const address = await ask(tool, command, says);
      const url = address === null ? null : URL.parse(address);
      if (url !== null) return /^https?:$/.test(url.protocol) && !url.username && !url.password ? url.href : null;
    }
    return null;
  });
}

async function ask(tool: Tool, command: readonly [string, ...string[]], says: RegExp): Promise<string | null> {
  try {
    const { stdout } = await tool(command, TIMEOUT_MS);
    return says.exec(stdout)?.[1] ?? null;
  } catch {
    return null;
  }
}
