import { spawn } from "node:child_process";

export interface Finished {
  /** Exit code, or null when the program could not be started. */
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/**
 * Runs a program without a shell and collects its output.
 *
 * @param command the program and its arguments
 * @throws the signal's reason when it aborts; Error when the output exceeds the limit
 */
export function run(
  command: readonly [string, ...string[]],
  options: { cwd: string; env: Record<string, string>; signal: AbortSignal; timeoutMs: number; maxOutputBytes: number },
): Promise<Finished> {
  const { promise, resolve, reject } = Promise.withResolvers<Finished>();
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]);
  const child = spawn(command[0], command.slice(1), {
    cwd: options.cwd,
    env: { NODE_ENV: "production", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    shell: false,
    signal,
    killSignal: "SIGKILL",
  });
  const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  let bytes = 0;
  for (const name of ["stdout", "stderr"] as const) {
    child[name].on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= options.maxOutputBytes) output[name].push(chunk);
      else child.kill("SIGKILL");
    });
  }
  const textOf = (name: "stdout" | "stderr") => Buffer.concat(output[name]).toString("utf8");
  child.on("error", (error) => {
    if (options.signal.aborted) reject(options.signal.reason);
    else if ("code" in error && error.code === "ENOENT") resolve({ exitCode: null, stdout: "", stderr: "" });
    else reject(error);
  });
  child.on("close", (exitCode) => {
    if (options.signal.aborted) reject(options.signal.reason);
    else if (signal.aborted) reject(signal.reason);
    else if (bytes > options.maxOutputBytes) reject(new Error(`${command[0]} prints more than it should`));
    else resolve({ exitCode: exitCode ?? 1, stdout: textOf("stdout"), stderr: textOf("stderr") });
  });
  return promise;
}
