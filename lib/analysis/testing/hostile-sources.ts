import { spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";

const servedSchema = z.object({
  gitHub: z.string(),
  npm: z.string(),
  pypi: z.string(),
  sources: z.array(z.object({ name: z.string(), source: z.string() })),
});

/** Hostile sources on loopback, in a process of their own, so that making them costs the measured process nothing. */
export interface HostileSources {
  /** Base URL of what stands for GitHub. */
  gitHub: string;
  /** Variables that lead the package clients to the registries. */
  registries: Record<string, string>;
  /** What to paste for each. */
  sources: { name: string; source: string }[];
  stop(): void;
}

/** Serves the hostile sources of these names; all when there are none. */
export async function serveHostileSources(names: readonly string[]): Promise<HostileSources> {
  const program = join(resolve(import.meta.dirname, ".."), "bench", "hostile", "serve.ts");
  const child = spawn(process.execPath, [program, ...names], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  const { gitHub, npm, pypi, sources } = servedSchema.parse(JSON.parse(String(line)));
  return {
    gitHub,
    registries: { npm_config_registry: `${npm}/`, PIP_INDEX_URL: `${pypi}/`, UV_DEFAULT_INDEX: `${pypi}/` },
    sources,
    stop: () => child.stdin.end(),
  };
}
