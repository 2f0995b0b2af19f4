import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { SETTING_NAMES } from "../../env/env.ts";

const root = resolve(import.meta.dirname, "..", "..", "..");
/** Enough for a production build on a slow machine. */
const START_WITHIN_MS = 600_000;

export interface AppOptions {
  /** The data folder. */
  dataFolder: string;
  /** The app's settings. This process's own are not passed on. */
  settings?: Record<string, string>;
  /** "npm" starts it as a person does; "node" leaves npm out. */
  through?: "npm" | "node";
  /** Another program than the app's own, with its arguments. */
  program?: string[];
}

/** `npm start` in a process of its own. */
export interface RunningApp {
  url: string;
  /** The link that makes the first account, if one was printed. */
  setupUrl: string | null;
  /** The process that was started: npm's, or the app's. */
  process: ChildProcess;
  /** What it printed so far. */
  output(): string;
  /** Sends a signal and waits for the process to exit. @returns its exit code */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/**
 * Starts the app as `npm start` does, on a port that the system chooses, and waits for the line with its address.
 *
 * @throws Error with everything that it printed, when it ends before that
 */
export async function startApp(options: AppOptions): Promise<RunningApp> {
  const { child, output } = spawnApp(options);
  const exited = once(child, "exit");
  const timeout = AbortSignal.timeout(START_WITHIN_MS);
  while (!/running at \S+\n/.test(output())) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`The app ended:\n${output()}`);
    if (timeout.aborted) {
      child.kill("SIGKILL");
      throw new Error(`The app did not start in ${START_WITHIN_MS / 1000} s:\n${output()}`);
    }
    await Promise.race([once(child.stdout, "data"), exited, once(timeout, "abort")]);
  }
  return {
    url: /running at (\S+)/.exec(output())?.[1] ?? "",
    setupUrl: /owner's account: (\S+)/.exec(output())?.[1] ?? null,
    process: child,
    output,
    async stop(signal = "SIGTERM") {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      child.kill(signal);
      await exited;
      return child.exitCode;
    },
  };
}

/**
 * Starts the app where it is expected to end by itself.
 *
 * @returns its exit code and everything that it printed
 */
export async function runApp(options: AppOptions): Promise<{ code: number | null; output: string }> {
  const { child, output } = spawnApp(options);
  await once(child, "close");
  return { code: child.exitCode, output: output() };
}

/** Creates a data folder for a test, which PostgreSQL's user can enter. */
export async function temporaryDataFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "catwalk-data-")));
  await chmod(folder, 0o711);
  return folder;
}

function spawnApp({ dataFolder, settings, through = "node", program = ["lib/cli/start.ts"] }: AppOptions) {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(npm_lifecycle|NODE_TEST|NODE_OPTIONS|HOSTNAME)/.test(name),
  );
  const [command, args] = through === "npm" ? ["npm", ["start"]] : [process.execPath, program];
  const child = spawn(command, args, {
    cwd: root,
    env: {
      ...Object.fromEntries(inherited),
      // Empty is the same as absent, and keeps a developer's own .env out.
      ...Object.fromEntries(SETTING_NAMES.map((name) => [name, ""])),
      PORT: "0",
      CATWALK_DATA_DIR: dataFolder,
      NODE_ENV: "production",
      // As the script of package.json.
      NODE_COMPILE_CACHE: join(root, ".next", "cache", "node"),
      ...settings,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // An app that outlives a broken test would run on for good.
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  child.once("exit", () => process.off("exit", kill));
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text = stripVTControlCharacters(text + chunk);
    });
  }
  return { child, output: () => text };
}
