import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { LineSplitter } from "../server/lines.ts";
import { killGroup } from "../util/process-group.ts";
import { killProcessesOf } from "../util/users.ts";
import { watchFolder } from "./disk-use.ts";

export interface RunResult {
  /** Exit code, or null when the program was killed or could not be started. */
  code: number | null;
  stdout: string;
  /** The end of both streams, to tell what went wrong. */
  output: string;
  /** It was killed because its folder grew beyond the limit. */
  isTooLarge: boolean;
}

export interface RunOptions {
  cwd: string;
  env: Record<string, string>;
  timeoutMs: number;
  /** The folder that it fills, with the disk space that this may take. */
  disk?: { folder: string; maxBytes: number };
  /** The user and group that it runs as, where mcp-host is root; none of that user's processes outlives it. */
  user?: number | null;
  /** Called with each line that the program writes. */
  onLine?: (line: string) => void;
}

const MAX_OUTPUT_CHARS = 256 * 1024;
const MAX_LINE_BYTES = 64 * 1024;
const DRAIN_AFTER_EXIT_MS = 2_000;

/** Process groups that are running, so that none outlives mcp-host. */
const runningPids = new Set<number>();

/**
 * Runs a program without a shell, to its end or to a limit of time or disk space, then kills its process group. Never rejects.
 */
export function run(command: string, args: string[], options: RunOptions): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...options.env } as NodeJS.ProcessEnv,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      shell: false,
      ...(options.user == null ? {} : { uid: options.user, gid: options.user }),
    });
    let isTooLarge = false;
    let isSettled = false;
    let stdout = "";
    let output = "";
    const collect = (text: string) => {
      output = `${output}${text}\n`.slice(-MAX_OUTPUT_CHARS);
      if (text.trim() !== "") options.onLine?.(text);
    };
    const splitter = () => new LineSplitter(MAX_LINE_BYTES, { line: collect, dropped: (head) => collect(`${head}…`) });
    const [out, err] = [splitter(), splitter()];
    child.stdout.on("data", (chunk: Buffer) => {
      if (stdout.length < MAX_OUTPUT_CHARS) stdout += chunk.toString();
      out.push(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    const timer = setTimeout(() => {
      collect(`${command} was stopped: it took longer than ${options.timeoutMs / 1000} s`);
      killGroup(child.pid, "SIGKILL");
    }, options.timeoutMs);
    const { disk } = options;
    const stopWatching = disk
      ? watchFolder(disk.folder, disk.maxBytes, () => {
          isTooLarge = true;
          collect(`${command} was stopped: it took more than ${disk.maxBytes / 2 ** 20} MB of disk space`);
          killGroup(child.pid, "SIGKILL");
        })
      : () => {};
    const settle = (code: number | null) => {
      isSettled = true;
      clearTimeout(timer);
      stopWatching();
      if (child.pid !== undefined) runningPids.delete(child.pid);
      out.end();
      err.end();
      resolve({ code, stdout, output, isTooLarge });
    };
    if (child.pid !== undefined) runningPids.add(child.pid);
    child.once("error", (error) => {
      collect(error.message);
      if (child.pid === undefined) settle(null);
    });
    child.once("exit", (code) => {
      killGroup(child.pid, "SIGKILL");
      if (options.user != null) killProcessesOf(options.user);
      // A process that has left the group can hold the pipes open.
      setTimeout(() => isSettled || settle(code), DRAIN_AFTER_EXIT_MS).unref();
    });
    child.once("close", (code) => isSettled || settle(code));
  });
}

/** Kills every program that `run` has started. */
export function stopRunning(): void {
  for (const pid of runningPids) killGroup(pid, "SIGKILL");
}

/** Returns a program's path on PATH, or null. */
export function findProgram(name: string, path: string | undefined): string | null {
  for (const folder of (path ?? "").split(delimiter)) {
    if (folder === "") continue;
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}
