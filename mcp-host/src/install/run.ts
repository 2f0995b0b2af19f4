import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { LineSplitter } from "../server/lines.ts";
import { killGroup } from "../util/process-group.ts";

export interface RunResult {
  /** Exit code, or null when the program was killed or could not be started. */
  code: number | null;
  stdout: string;
  /** The end of both streams, to tell what went wrong. */
  output: string;
}

export interface RunOptions {
  cwd: string;
  env: Record<string, string>;
  timeoutMs: number;
  /** Called with each line that the program writes. */
  onLine?: (line: string) => void;
}

const MAX_OUTPUT_CHARS = 256 * 1024;
const MAX_LINE_BYTES = 64 * 1024;

/** Process groups that are running, so that none outlives mcp-host. */
const runningPids = new Set<number>();

/** Runs a program without a shell, to its end or its time limit, then kills its process group. Never rejects. */
export function run(command: string, args: string[], options: RunOptions): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...options.env } as NodeJS.ProcessEnv,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      shell: false,
    });
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
    const settle = (code: number | null) => {
      clearTimeout(timer);
      if (child.pid !== undefined) runningPids.delete(child.pid);
      out.end();
      err.end();
      resolve({ code, stdout, output });
    };
    if (child.pid !== undefined) runningPids.add(child.pid);
    child.once("error", (error) => {
      collect(error.message);
      if (child.pid === undefined) settle(null);
    });
    child.once("exit", () => killGroup(child.pid, "SIGKILL"));
    child.once("close", (code) => settle(code));
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
