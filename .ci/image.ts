import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";

/** Whatever goes wrong in an image, CI goes on. */
const END_WITHIN_MS = 10 * 60_000;

/** Something that was started from an image and prints. */
export interface Started {
  child: ChildProcess;
  /** Everything that it printed so far. */
  output(): string;
  /** Its exit code, when it has ended. */
  exited: Promise<number | null>;
}

/**
 * Starts the tool that runs images.
 *
 * @param args `run TAG NAME=VALUE…` or `exec TAG COMMAND…`
 */
export function startTool(tool: string, args: readonly string[]): Started {
  const child = spawn(tool, args, { stdio: ["pipe", "pipe", "pipe"], timeout: END_WITHIN_MS });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  child.stdin.on("error", () => undefined);
  const exited = once(child, "close").then(() => child.exitCode);
  return { child, output: () => output, exited };
}

/** A container whose command can be ended and started again, on the same files. */
export interface Kept extends Started {
  tell(what: "stop" | "start"): void;
}

/** Starts a command in an image, with settings, as keep.js does. */
export async function startKept(
  tool: string,
  tag: string,
  command: readonly string[],
  settings: Record<string, string>,
): Promise<Kept> {
  const keep = await readFile(join(import.meta.dirname, "keep.js"), "utf8");
  const program = ["node", "-e", keep, JSON.stringify(command), JSON.stringify(settings)];
  const started = startTool(tool, ["exec", tag, ...program]);
  return { ...started, tell: (what) => void started.child.stdin?.write(`${what}\n`) };
}

/** The command of an image, as its Dockerfile has it. */
export function commandOf(dockerfile: string): string[] {
  return z.array(z.string()).parse(JSON.parse(/^CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? "null"));
}

/** Ends what was started and waits until it is gone. */
export async function stop({ child, exited }: Started): Promise<void> {
  child.stdin?.end();
  child.kill("SIGTERM");
  await exited;
}

/**
 * Says what holds, and fails where it does not.
 *
 * @param output what to show then
 */
export function expect(condition: boolean, what: string, output: string | (() => string)): void {
  if (!condition) throw new Error(`Not so: ${what}. It printed:\n${typeof output === "string" ? output : output()}`);
  console.log(`The image: ${what}.`);
}

/**
 * Asks until there is an answer.
 *
 * @param started fails at once when this ends
 * @throws Error with everything that was printed when there is none in time
 */
export async function until<T>(
  what: string,
  withinMs: number,
  started: Started,
  ask: () => Promise<T | null | false>,
): Promise<T> {
  for (const end = Date.now() + withinMs; Date.now() < end; await delay(200)) {
    const answer = await ask().catch(() => null);
    if (answer !== null && answer !== false) return answer;
    if (started.child.exitCode !== null) break;
  }
  throw new Error(`In ${withinMs / 1000} s it was not so: ${what}. It printed:\n${started.output()}`);
}

/** A TCP port of loopback that nobody has. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0);
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  return typeof address === "object" && address ? address.port : 0;
}
