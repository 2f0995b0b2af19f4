import { inEmptyFolder, type Tool, toolEnvironment } from "./python-tool.ts";

const TIMEOUT_MS = 60_000;

/** Commands whose help names the default index, and how each words it. */
const PACKAGE_CLIENTS: { command: [string, ...string[]]; says: RegExp }[] = [
  ...["python3", "python"].map((python): (typeof PACKAGE_CLIENTS)[number] => ({
    command: [python, "-m", "pip", "install", "--help"],
    says: /--index-url <url>[^(]*\(default:?\s+(\S+?)\)/,
  })),
  { command: ["uv", "pip", "install", "--help"], says: /--default-index <\w+>[^(]*\(by\s+default:\s+<(\S+?)>\)/ },
];

/**
 * Returns the index that this host's pip is configured with, or uv's where there is no pip. Both print it in the help
 * of `install`. pip masks user and password there, so an address with a password is unusable.
 *
 * @returns the address, or null when no client names one that works without a password
 */
export async function indexOfThisHost(variables: Record<string, string | undefined>): Promise<string | null> {
  // Wide enough that the help breaks no line.
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

/** Variables that name other places from which pip or uv may take a package, or keep them from the index. */
const OTHER_SOURCES =
  /^(PIP_(EXTRA_INDEX_URL|FIND_LINKS|NO_INDEX)|UV_(EXTRA_INDEX_URL|INDEX|FIND_LINKS|NO_INDEX|OFFLINE))$/;

/**
 * Returns whether pip or uv may take packages from elsewhere than the index, by their variables or by pip's configuration
 * files. What the index does not have may be there.
 */
export async function namesOtherSources(variables: Record<string, string | undefined>): Promise<boolean> {
  if (Object.entries(variables).some(([name, value]) => value && OTHER_SOURCES.test(name))) return true;
  return inEmptyFolder(toolEnvironment(variables), AbortSignal.timeout(TIMEOUT_MS), async (tool) => {
    for (const python of ["python3", "python"]) {
      const says = await ask(
        tool,
        [python, "-m", "pip", "config", "list"],
        /((?:extra-index-url|find-links|no-index)=)/,
      );
      if (says !== null) return true;
    }
    return false;
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
