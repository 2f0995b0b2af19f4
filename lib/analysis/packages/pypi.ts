import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { AppError } from "../../errors/app-error.ts";
import type { FileSet } from "../files.ts";
import { isPypiName } from "../source.ts";
import { type Finished, run } from "./process.ts";
import type { Lookup, PackageRecord, RegistryClient } from "./types.ts";
import { readWheel } from "./wheel.ts";

const lookupTimeoutMs = 20_000;
const downloadTimeoutMs = 25_000;
const maxOutputBytes = 4 * 1024 * 1024;
const maxWheelBytes = 60 * 1024 * 1024;
const pythonCommands = ["python3", "python"];

/** What a Python needs to reach a registry as its owner set it up, and nothing else of this process. */
const passedOn =
  /^(PATH|HOME|USERPROFILE|SYSTEMROOT|LANG|LC_ALL|TMPDIR|XDG_CONFIG_HOME|APPDATA|PIP_.*|UV_.*|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|(HTTPS?|NO|ALL)_PROXY|PYENV_.*)$/i;

const reportSchema = z.object({
  install: z
    .array(
      z.object({
        metadata: z.looseObject({
          name: z.string(),
          version: z.string(),
          summary: z.string().optional().catch(undefined),
          home_page: z.string().optional().catch(undefined),
          project_url: z.array(z.string()).optional().catch(undefined),
          requires_dist: z.array(z.string()).optional().catch(undefined),
          license: z.string().optional().catch(undefined),
          license_expression: z.string().optional().catch(undefined),
          description: z.string().optional().catch(undefined),
        }),
      }),
    )
    .min(1),
});

export const noPythonMessage =
  "This host has no Python with pip, so the package could not be checked. Install Python 3 with pip (Debian: python3-pip).";

/**
 * PyPI, through the pip of this host with the settings of its owner. Source distributions are never built, not even to read
 * their metadata: only wheels are opened.
 */
export function pypiClient(variables: Record<string, string | undefined> = process.env): RegistryClient {
  const env: Record<string, string> = {
    PIP_DISABLE_PIP_VERSION_CHECK: "1",
    PIP_NO_INPUT: "1",
    PYTHONDONTWRITEBYTECODE: "1",
  };
  for (const [name, value] of Object.entries(variables))
    if (value !== undefined && passedOn.test(name)) env[name] = value;

  /** Runs pip in an empty folder of its own, since `python -m` imports from the folder it is in. */
  const pip = async <T>(
    args: string[],
    timeoutMs: number,
    signal: AbortSignal,
    use: (result: Finished, folder: string) => Promise<T>,
  ): Promise<T> => {
    const folder = await mkdtemp(join(tmpdir(), "catwalk-pip-"));
    try {
      let result: Finished = { exitCode: null, stdout: "", stderr: "" };
      for (const python of pythonCommands) {
        result = await run([python, "-m", "pip", ...args], { cwd: folder, env, signal, timeoutMs, maxOutputBytes });
        if (result.exitCode !== null && !/No module named '?pip'?/.test(result.stderr))
          return await use(result, folder);
      }
      return await use({ ...result, exitCode: null }, folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };

  return {
    registry: "pypi",
    lookup: async (name, version, signal) => {
      if (!isPypiName(name)) return { status: "absent", reason: "package" };
      const requirement = version === null ? name : `${name}==${version}`;
      const args = [
        "install",
        "--dry-run",
        "--ignore-installed",
        "--ignore-requires-python",
        "--no-deps",
        "--only-binary=:all:",
        "--quiet",
        "--report",
        "-",
        requirement,
      ];
      try {
        return await pip(args, lookupTimeoutMs, signal, async (result): Promise<Lookup> => {
          if (result.exitCode === null) return { status: "unknown", message: noPythonMessage };
          if (result.exitCode === 0)
            return { status: "found", record: recordOf(reportSchema.parse(JSON.parse(result.stdout))) };
          return lookupFailure(result, name, version, (list) =>
            pip(list, lookupTimeoutMs, signal, async (found) => found),
          );
        });
      } catch {
        if (signal.aborted) throw signal.reason;
        return { status: "unknown", message: `pip could not look up ${name}` };
      }
    },
    read: (record, signal) => readPublished(record, signal, pip),
  };
}

type Pip = <T>(
  args: string[],
  timeoutMs: number,
  signal: AbortSignal,
  use: (result: Finished, folder: string) => Promise<T>,
) => Promise<T>;

async function readPublished(record: PackageRecord, signal: AbortSignal, pip: Pip): Promise<FileSet> {
  const requirement = `${record.name}==${record.version}`;
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
  return pip(args, downloadTimeoutMs, signal, async (result, folder) => {
    const wheel = (await readdir(folder)).find((name) => name.endsWith(".whl"));
    if (result.exitCode !== 0 || wheel === undefined) {
      throw new AppError("upstream_unavailable", `The package ${record.name} could not be read from PyPI.`);
    }
    const file = join(folder, wheel);
    if ((await stat(file)).size > maxWheelBytes) {
      const message = "The package is larger than Catwalk reads; only its metadata was used.";
      return { paths: [], files: new Map(), warnings: [{ code: "large_package", message, mustAccept: false }] };
    }
    return readWheel(await readFile(file));
  });
}

function recordOf(report: z.infer<typeof reportSchema>): PackageRecord {
  const metadata = report.install[0]?.metadata;
  if (!metadata) throw new Error("pip's report is empty");
  const readme = metadata.description ?? "";
  return {
    registry: "pypi",
    name: metadata.name,
    version: metadata.version,
    description: metadata.summary ?? "",
    repository: repositoryOf(metadata.project_url ?? [], metadata.home_page),
    mcpName: /mcp-name:\s*([\w.-]+\/[\w.-]+)/.exec(readme)?.[1] ?? null,
    commands: null,
    dependencies: (metadata.requires_dist ?? [])
      .map((line) => /^[\w.-]+/.exec(line)?.[0] ?? "")
      .filter((name) => name !== ""),
    license: metadata.license_expression ?? metadata.license?.split("\n")[0]?.slice(0, 100) ?? null,
    readme,
    isSourceOnly: false,
  };
}

/** Of a package's links ("Label, URL") the one that says it is the repository, else one on a host of repositories. */
function repositoryOf(links: string[], homePage: string | undefined): string | null {
  const pairs = links.map((link) => {
    const comma = link.indexOf(",");
    return { label: link.slice(0, comma).trim().toLowerCase(), url: link.slice(comma + 1).trim() };
  });
  const labelled = pairs.find((pair) => /^(repository|source( code)?|github|code|git)$/.test(pair.label));
  const isRepository = (url: string) =>
    /^https?:\/\/(www\.)?(github|gitlab|codeberg|bitbucket)\.[a-z]+\/[^/]+\/[^/]+/.test(url);
  return (
    labelled?.url ??
    pairs.find((pair) => isRepository(pair.url))?.url ??
    (homePage && isRepository(homePage) ? homePage : null)
  );
}

async function lookupFailure(
  result: Finished,
  name: string,
  version: string | null,
  pip: (args: string[]) => Promise<Finished>,
): Promise<Lookup> {
  if (!/No matching distribution|Could not find a version/.test(result.stderr)) {
    return { status: "unknown", message: `pip could not look up ${name}` };
  }
  // The package may exist with source distributions only; its versions tell, and nothing is built for that.
  const listed = await pip(["index", "versions", name]);
  if (/No matching distribution/.test(listed.stderr)) return { status: "absent", reason: "package" };
  const newest = new RegExp(`^${name.replaceAll(/[.+]/g, "\\$&")} \\(([^)]+)\\)`, "im").exec(listed.stdout)?.[1];
  if (listed.exitCode !== 0 || newest === undefined)
    return { status: "unknown", message: `pip could not look up ${name}` };
  const versions = /^Available versions: (.+)$/m.exec(listed.stdout)?.[1]?.split(", ") ?? [newest];
  if (version !== null && !versions.includes(version)) return { status: "absent", reason: "version" };
  return {
    status: "found",
    record: {
      registry: "pypi",
      name,
      version: version ?? newest,
      description: "",
      repository: null,
      mcpName: null,
      commands: null,
      dependencies: [],
      license: null,
      readme: "",
      isSourceOnly: true,
    },
  };
}
