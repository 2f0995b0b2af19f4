import pacote from "pacote";
import { z } from "zod";
import { AppError } from "../../../errors/app-error.ts";
import { isExactVersion, isPackageName, isSamePackage } from "../../package-names.ts";
import { readArchive } from "../archive.ts";
import { type FileSet, isDeclaration, isForeign, isJavaScript, MAX_SOURCE_FILES, MAX_TOTAL_BYTES } from "../files.ts";
import { readNpmOptions } from "./npm-config.ts";
import type { Lookup, PackageRecord, RegistryClient } from "./types.ts";

const TIMEOUT_MS = 5_000;

const manifestSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  description: z.string().optional().catch(undefined),
  repository: z
    .union([z.string(), z.object({ url: z.string() })])
    .optional()
    .catch(undefined),
  mcpName: z.string().optional().catch(undefined),
  bin: z
    .union([z.string(), z.record(z.string(), z.string())])
    .optional()
    .catch(undefined),
  dependencies: z.record(z.string(), z.string()).optional().catch(undefined),
  license: z.string().optional().catch(undefined),
});

const timesSchema = z.looseObject({
  time: z.looseObject({ created: z.string().optional() }).optional().catch(undefined),
});

/** Creates the client for npm: pacote with the operator's npm settings. */
export function npmClient(variables: Record<string, string | undefined> = process.env): RegistryClient {
  const options = async (signal: AbortSignal): Promise<Record<string, unknown>> => ({
    ...(await readNpmOptions(variables)),
    timeout: TIMEOUT_MS,
    fetchRetries: 1,
    fetchRetryFactor: 2,
    fetchRetryMintimeout: 300,
    fetchRetryMaxtimeout: 2_000,
    fullMetadata: true,
    signal,
  });
  return {
    registry: "npm",
    lookup: async (name, version, signal) => {
      if (!isPackageName("npm", name)) return { status: "absent", reason: "package" };
      // npm would take anything else for a range, a tag, a file or a URL.
      if (version !== null && !isExactVersion("npm", version)) return { status: "absent", reason: "version" };
      try {
        // Both come from one answer of the registry, which the cache hands on.
        const asked = { ...(await options(signal)), packumentCache: new Map() };
        const manifest = await pacote.manifest(`${name}@${version ?? "latest"}`, asked);
        const times = timesSchema.parse(await pacote.packument(name, asked));
        const record = { ...recordOf(manifestSchema.parse(manifest)), publishedAt: times.time?.created ?? null };
        if (isSamePackage("npm", record.name, name) && isExactVersion("npm", record.version))
          return { status: "found", record };
        return { status: "unknown", message: `npm's registry answered for ${name} with another package` };
      } catch (error) {
        return lookupFailure(error, signal);
      }
    },
    read: async (record, signal): Promise<FileSet> => {
      try {
        const limits = { maxFiles: MAX_SOURCE_FILES, maxTotalBytes: MAX_TOTAL_BYTES };
        const wants = (path: string) => (isDeclaration(path) || isJavaScript(path)) && !isForeign(path);
        return await pacote.tarball.stream(
          `${record.name}@${record.version}`,
          (stream) => readArchive(stream, wants, limits, signal),
          await options(signal),
        );
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw new AppError("upstream_unavailable", `The package ${record.name} could not be read from npm.`, {
          cause: error,
        });
      }
    },
  };
}

function recordOf(manifest: z.infer<typeof manifestSchema>): PackageRecord {
  const { bin, repository } = manifest;
  return {
    registry: "npm",
    name: manifest.name,
    version: manifest.version,
    description: manifest.description ?? "",
    repository: typeof repository === "string" ? repository : (repository?.url ?? null),
    mcpName: manifest.mcpName ?? null,
    commands:
      bin === undefined ? [] : typeof bin === "string" ? [manifest.name.replace(/^@[^/]+\//, "")] : Object.keys(bin),
    dependencies: Object.keys(manifest.dependencies ?? {}),
    license: manifest.license ?? null,
    readme: "",
    isSourceOnly: false,
  };
}

function lookupFailure(error: unknown, signal: AbortSignal): Lookup {
  if (signal.aborted) throw signal.reason;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "E404") return { status: "absent", reason: "package" };
  if (code === "ETARGET" || code === "ENOVERSIONS") return { status: "absent", reason: "version" };
  return { status: "unknown", message: `npm's registry could not be asked${code === "" ? "" : ` (${code})`}` };
}
