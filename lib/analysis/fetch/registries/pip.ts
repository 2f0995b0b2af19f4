import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { FileSet } from "../files.ts";
import type { Finished } from "./process.ts";
import { recordOfMetadata, recordWithoutWheel } from "./python-metadata.ts";
import type { Tool } from "./python-tool.ts";
import type { Lookup } from "./types.ts";
import { readWheel } from "./wheel.ts";

const LOOKUP_TIMEOUT_MS = 7_000;
const DOWNLOAD_TIMEOUT_MS = 10_000;
const MAX_WHEEL_BYTES = 60 * 1024 * 1024;

const text = z.string().optional().catch(undefined);
const list = z.array(z.string()).optional().catch(undefined);
const reportSchema = z.object({
  install: z.tuple([
    z.object({
      metadata: z.looseObject({
        name: z.string(),
        version: z.string(),
        summary: text,
        home_page: text,
        project_url: list,
        requires_dist: list,
        license: text,
        license_expression: text,
        description: text,
      }),
    }),
  ]),
});

/** Runs pip with the first Python that has it. Returns null when none has. */
async function pip(tool: Tool, args: string[], timeoutMs: number): Promise<Finished | null> {
  for (const python of ["python3", "python"]) {
    const result = await tool([python, "-m", "pip", ...args], timeoutMs);
    if (result.exitCode !== null && !/No module named '?pip'?/.test(result.stderr)) return result;
  }
  return null;
}

/** Looks a package up with pip. Returns null without pip. */
export async function lookupWithPip(tool: Tool, name: string, version: string | null): Promise<Lookup | null> {
  const requirement = version === null ? name : `${name}==${version}`;
  const wheelsOnly = ["--no-deps", "--only-binary=:all:", "--ignore-requires-python", "--quiet"];
  const result = await pip(
    tool,
    ["install", "--dry-run", "--ignore-installed", ...wheelsOnly, "--report", "-", requirement],
    LOOKUP_TIMEOUT_MS,
  );
  if (result === null) return null;
  if (result.exitCode === 0) {
    const [{ metadata }] = reportSchema.parse(JSON.parse(result.stdout)).install;
    return { status: "found", record: recordOfMetadata(metadata) };
  }
  if (!/No matching distribution|Could not find a version/.test(result.stderr))
    return { status: "unknown", message: `pip could not look up ${name}` };
  return lookupVersions(tool, name, version);
}

/**
 * Looks up the versions of a package. It may exist without a wheel for this Python, and nothing is built to find out.
 */
async function lookupVersions(tool: Tool, name: string, version: string | null): Promise<Lookup> {
  const listed = await pip(tool, ["index", "versions", name], LOOKUP_TIMEOUT_MS);
  if (/No matching distribution/.test(listed?.stderr ?? "")) return { status: "absent", reason: "package" };
  const newest = /^[\w.-]+ \(([^()\n]+)\)/m.exec(listed?.stdout ?? "")?.[1];
  if (listed?.exitCode !== 0 || newest === undefined)
    return { status: "unknown", message: `pip could not look up ${name}` };
  const versions = /^Available versions: (.+)$/m.exec(listed.stdout)?.[1]?.split(", ") ?? [newest];
  if (version !== null && !versions.includes(version)) return { status: "absent", reason: "version" };
  return { status: "found", record: recordWithoutWheel(name, version ?? newest) };
}

/**
 * Reads the files of a wheel. Returns null without pip.
 *
 * @throws Error when the wheel cannot be downloaded
 */
export async function readWithPip(tool: Tool, folder: string, requirement: string): Promise<FileSet | null> {
  const args = [
    "download",
    "--no-deps",
    "--only-binary=:all:",
    "--ignore-requires-python",
    "--quiet",
    "--dest",
    ".",
    requirement,
  ];
  const result = await pip(tool, args, DOWNLOAD_TIMEOUT_MS);
  if (result === null) return null;
  const wheel = (await readdir(folder)).find((name) => name.endsWith(".whl"));
  if (result.exitCode !== 0 || wheel === undefined) throw new Error("pip brought no wheel");
  const file = join(folder, wheel);
  if ((await stat(file)).size > MAX_WHEEL_BYTES) {
    const message = "The package is larger than Catwalk reads; only its metadata was used.";
    return { paths: [], files: new Map(), warnings: [{ code: "large_package", message, mustAccept: false }] };
  }
  return readWheel(await readFile(file));
}
