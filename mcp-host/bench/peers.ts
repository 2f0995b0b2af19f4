import { execFile } from "node:child_process";
import { access, mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const installTimeoutMs = 60_000;

/** A published bridge: which version of it, and the file of the package that is its program. */
export interface Peer {
  name: string;
  version: string;
  program: string;
}

export const mcpProxy: Peer = { name: "mcp-proxy", version: "6.7.19", program: "dist/bin/mcp-proxy.mjs" };
export const supergateway: Peer = { name: "supergateway", version: "4.0.0", program: "dist/index.js" };

/**
 * Installs a peer with npm, from whatever registry that is set to, into a folder of the person's cache; once.
 *
 * @returns the path of its program, or null where npm could not install it within a minute (it says why on standard error)
 */
export async function install({ name, version, program }: Peer): Promise<string | null> {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const folder = join(cache, "mcp-host-bench", `${name}@${version}`);
  const path = join(folder, "node_modules", name, program);
  const installed = () =>
    access(path).then(
      () => true,
      () => false,
    );
  if (await installed()) return path;
  console.error(`installing ${name}@${version} in ${folder} …`);
  await mkdir(folder, { recursive: true });
  const flags = ["--no-save", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  try {
    await run("npm", ["install", "--prefix", folder, ...flags, `${name}@${version}`], { timeout: installTimeoutMs });
  } catch (error) {
    console.error(`${name} is left out: ${error instanceof Error ? error.message : error}`);
    return null;
  }
  return (await installed()) ? path : null;
}
