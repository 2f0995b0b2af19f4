import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import type { MachineFolders } from "../../lib/runtime/local/folders.ts";
import { removeFolders } from "../../lib/runtime/local/folders.ts";
import { ApiError, type ConfigFile, type MachineConfig } from "./types.ts";

/** Where the image keeps what is to survive; a folder of this host stands for it. */
const DATA = "/data";
/** As a path of its own or the beginning of one, not as a part of another's: also in a JSON text, a URL, a list. */
const DATA_PATH = /(?<![\w./-])\/data(?![\w.-])/g;
/** Their content is the person's, and nobody reads paths in it. */
const VERBATIM_VARIABLES = new Set(["MCP_SERVER_FILES", "MCP_HOST_TOKEN"]);

/** What of this host a machine needs to run at all, and to reach package registries. */
const HOST_VARIABLES =
  /^(?:PATH|HOME|LANG|TZ|TMPDIR|HTTPS?_PROXY|NO_PROXY|https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|npm_config_.*|PIP_.*|UV_.*)$/i;

type Variables = Readonly<Record<string, string | undefined>>;

/** The environment of a machine's program: this host's network, the config's, the secrets', Fly's own. */
export function buildEnvironment(options: {
  host: Variables;
  config: Record<string, string>;
  secrets: Record<string, string>;
  fly: Record<string, string>;
  dataDir: string;
}): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.host)) {
    if (value !== undefined && HOST_VARIABLES.test(name)) environment[name] = value;
  }
  for (const [name, value] of Object.entries({ ...options.config, ...options.secrets })) {
    environment[name] = VERBATIM_VARIABLES.has(name) ? value : value.replace(DATA_PATH, () => options.dataDir);
  }
  return { ...environment, ...options.fly };
}

/** The folders of a machine, as far as its environment names them: its processes are known by them. */
export function locateFolders(environment: Variables, dataDir: string): MachineFolders {
  return {
    root: dataDir,
    install: environment.MCP_INSTALL_DIR ?? join(dataDir, "install"),
    home: environment.MCP_SERVER_HOME ?? join(dataDir, "home"),
  };
}

/** Empties /data of what is on this host. */
export async function wipeData(dataDir: string): Promise<void> {
  await removeFolders({ root: dataDir, install: dataDir, home: dataDir }).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  });
}

/** Makes /data and writes the config's files into it. */
export async function prepareData(
  dataDir: string,
  files: readonly ConfigFile[],
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  for (const file of files) {
    const path = join(dataDir, normalize(file.guest_path ?? "").slice(DATA.length));
    const content = file.raw_value ?? secrets[file.secret_name ?? ""] ?? "";
    await mkdir(dirname(path), { recursive: true });
    await rm(path, { force: true });
    await writeFile(path, Buffer.from(content, "base64"), { mode: file.mode ?? 0o644 });
  }
}

/** Why the simulator cannot play this config, in sentences; empty when it can. */
export function findUnsupported(config: MachineConfig): string[] {
  const init = config.init ?? {};
  const reasons: string[] = [];
  if (init.cmd?.length || init.entrypoint?.length || init.exec?.length)
    reasons.push("runs the image's own program only");
  if (config.processes?.length || config.containers?.length) reasons.push("runs one program on a machine");
  if (config.mounts?.length) reasons.push("has no volumes");
  for (const file of config.files ?? []) {
    if (!normalize(file.guest_path ?? "").startsWith(`${DATA}/`)) reasons.push("writes files below /data only");
  }
  return reasons.map((reason) => `the simulator ${reason}`);
}

/** Throws ApiError where Fly refuses a config for what it holds. */
export function checkConfig(config: MachineConfig, limits: { stepMb: number; maxMbPerCpu: number }): void {
  if (!config.image) throw new ApiError(400, "invalid_argument: config.image is required");
  const { memory_mb: memoryMb = 256, cpus = 1, cpu_kind: kind = "shared" } = config.guest ?? {};
  if (memoryMb % limits.stepMb !== 0 || memoryMb < limits.stepMb) {
    throw new ApiError(422, `invalid config.guest.memory_mb, must be a multiple of ${limits.stepMb}`);
  }
  if (kind === "shared" && memoryMb > cpus * limits.maxMbPerCpu) {
    throw new ApiError(
      422,
      `invalid config.guest.memory_mb, must be at most ${cpus * limits.maxMbPerCpu} for this size`,
    );
  }
  for (const service of config.services ?? []) {
    if (!service.internal_port) throw new ApiError(400, "invalid_argument: a service needs an internal_port");
  }
}
