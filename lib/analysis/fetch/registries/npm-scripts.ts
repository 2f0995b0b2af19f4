import pacote from "pacote";
import { z } from "zod";
import { readNpmOptions } from "./npm-config.ts";

/** The packages with install scripts that npm would install with a package. */
export interface FoundScripts {
  /** Names, sorted. */
  packages: string[];
  /** Every package of the tree was looked up. */
  isComplete: boolean;
}

const MAX_PACKAGES = 500;
const MAX_CONCURRENT = 12;
const REQUEST_TIMEOUT_MS = 4_000;

const dependenciesSchema = z.record(z.string(), z.string()).optional().catch(undefined);
const manifestSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  hasInstallScript: z.boolean().optional().catch(undefined),
  gypfile: z.boolean().optional().catch(undefined),
  scripts: z.record(z.string(), z.unknown()).optional().catch(undefined),
  os: z.array(z.string()).optional().catch(undefined),
  dependencies: dependenciesSchema,
  optionalDependencies: dependenciesSchema,
  peerDependencies: dependenciesSchema,
  peerDependenciesMeta: z
    .record(z.string(), z.object({ optional: z.boolean().optional() }))
    .optional()
    .catch(undefined),
});
type Manifest = z.infer<typeof manifestSchema>;

/**
 * Finds the packages of an npm package's tree that have install scripts, by what the registry says of them. Looks up at most 500
 * packages; what cannot be looked up until the signal aborts leaves the result incomplete. Never rejects.
 */
export async function findInstallScripts(
  name: string,
  version: string,
  signal: AbortSignal,
  variables: Record<string, string | undefined> = process.env,
): Promise<FoundScripts> {
  const options = {
    ...(await readNpmOptions(variables)),
    timeout: REQUEST_TIMEOUT_MS,
    fetchRetries: 0,
    packumentCache: new Map(),
    signal,
  };
  const found = new Set<string>();
  const seen = new Set<string>();
  let isComplete = true;
  let queue = [`${name}@${version}`];
  while (queue.length > 0) {
    const batch = queue.splice(0, MAX_CONCURRENT);
    const manifests = await Promise.all(batch.map((spec) => lookUp(spec, options, signal)));
    for (const manifest of manifests) {
      if (manifest === null) isComplete = false;
      else if (!seen.has(`${manifest.name}@${manifest.version}`)) {
        seen.add(`${manifest.name}@${manifest.version}`);
        if (hasScript(manifest)) found.add(manifest.name);
        queue.push(...listNeeds(manifest).filter((spec) => !seen.has(spec)));
      }
    }
    for (const spec of batch) seen.add(spec);
    queue = [...new Set(queue)].filter((spec) => !seen.has(spec));
    if (seen.size > 2 * MAX_PACKAGES) return { packages: [...found].sort(), isComplete: false };
  }
  return { packages: [...found].sort(), isComplete };
}

async function lookUp(spec: string, options: object, signal: AbortSignal): Promise<Manifest | null> {
  // A tarball, a repository or a folder is no package of the registry.
  if (signal.aborted || /[:/].*[:/]|^[^@]+@(?:file|git|http|github)/.test(spec.replace(/^@[^/]+\//, ""))) return null;
  try {
    const manifest = manifestSchema.safeParse(await pacote.manifest(spec, options));
    return manifest.data ?? null;
  } catch {
    return null;
  }
}

function hasScript({ hasInstallScript, scripts = {}, gypfile }: Manifest): boolean {
  const names = ["preinstall", "install", "postinstall"];
  return hasInstallScript === true || gypfile === true || names.some((name) => typeof scripts[name] === "string");
}

/** Lists what npm installs with a package: dependencies, those that are optional on this platform, and its peers. */
function listNeeds({ dependencies = {}, optionalDependencies = {}, ...peers }: Manifest): string[] {
  const { peerDependencies = {}, peerDependenciesMeta = {} } = peers;
  const needed = Object.entries(peerDependencies).filter(([name]) => peerDependenciesMeta[name]?.optional !== true);
  const all = { ...Object.fromEntries(needed), ...dependencies, ...optionalDependencies };
  return Object.entries(all).map(([name, range]) => (range.startsWith("npm:") ? range.slice(4) : `${name}@${range}`));
}
