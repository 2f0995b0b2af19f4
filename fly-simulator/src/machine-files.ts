import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import type { MachineFolders } from "../../lib/runtime/local/folders.ts";
import { removeFolders } from "../../lib/runtime/local/folders.ts";
import { ApiError, type ConfigFile, type MachineConfig } from "./types.ts";

/** The image's folder for persistent data. A folder of this host stands for it. */
const DATA = "/data";
/** Matches /data as a path or the start of one, also inside JSON, a URL or a list, but not inside another path. */
const DATA_PATH = /(?<![\w./-])\/data(?![\w.-])/g;
/** Variables whose content is a person's, so that no path in it is replaced. */
const VERBATIM_VARIABLES = new Set(["MCP_SERVER_FILES", "MCP_HOST_TOKEN"]);

/** The host's variables that a machine needs to run and to reach package registries. */
const HOST_VARIABLES =
  /^(?:PATH|HOME|LANG|TZ|TMPDIR|HTTPS?_PROXY|NO_PROXY|https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|npm_config_.*|PIP_.*|UV_.*)$/i;

type Variables = Readonly<Record<string, string | undefined>>;

/** Builds the environment of a machine's program: this host's network settings, the config, the secrets, Fly's variables. */
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

/** Returns the folders that a machine's environment names. They identify its processes. */
export function locateFolders(environment: Variables, dataDir: string): MachineFolders {
  return {
    root: dataDir,
    install: environment.MCP_INSTALL_DIR ?? join(dataDir, "install"),
    home: environment.MCP_SERVER_HOME ?? join(dataDir, "home"),
  };
}

/** Empties a machine's /data. */
export async function wipeData(dataDir: string): Promise<void> {
  await removeFolders({ root: dataDir, install: dataDir, home: dataDir }).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  });
}

/** Creates /data and writes the config's files into it. */
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

/**
 * Lists in sentences what of a config the simulator does not support.
 *
 * @param isAppImage the image is Catwalk's own, whose program the simulator does not run
 */
export function findUnsupported(config: MachineConfig, isAppImage: boolean): string[] {
  const init = config.init ?? {};
  const reasons: string[] = [];
  const hasCommand = [init.cmd, init.entrypoint, init.exec].some((words) => words !== undefined && words.length > 0);
  if (isAppImage && !startsMcpHost(init))
    reasons.push("runs Catwalk's image only with the command that starts mcp-host");
  if (!isAppImage && hasCommand) reasons.push("runs the image's own program only");
  if (config.processes?.length || config.containers?.length) reasons.push("runs one program on a machine");
  if (config.mounts?.length) reasons.push("has no volumes");
  for (const file of config.files ?? []) {
    if (!normalize(file.guest_path ?? "").startsWith(`${DATA}/`)) reasons.push("writes files below /data only");
  }
  return reasons.map((reason) => `the simulator ${reason}`);
}

/** Tells whether a config's command replaces the image's CMD by mcp-host as Catwalk's Dockerfile installs it. */
function startsMcpHost({ cmd = [], entrypoint = [], exec = [] }: NonNullable<MachineConfig["init"]>): boolean {
  const isCommand = cmd[0] === "node" && cmd.includes("/app/mcp-host/dist/main.js");
  return isCommand && entrypoint.length === 0 && exec.length === 0;
}

/** Throws ApiError where Fly rejects a config's values. */
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
