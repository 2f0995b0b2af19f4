import { type ChildProcess, type ChildProcessWithoutNullStreams, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";

const run = promisify(execFile);

const CLIENTS = {
  "@anthropic-ai/claude-code": "2.1.332",
  "@google/gemini-cli": "0.61.0",
  "@modelcontextprotocol/inspector": "2.12.0",
  "@openai/codex": "0.171.0",
  "mcp-remote": "0.15.1",
};
const INSTALL_WITHIN_MS = 400_000;
const COMMAND_WITHIN_MS = 120_000;
const GEMINI_SIGN_IN = join(import.meta.dirname, "gemini-sign-in.js");

/** A person's computer with the published command-line clients, whose browser only notes what it is asked to open. */
export interface ClientComputer {
  /** Runs a program to its end. @returns everything that it printed, without control sequences */
  run(program: string, ...args: string[]): Promise<string>;
  /** Starts a program in a pseudo-terminal. */
  start(program: string, ...args: string[]): StartedProgram;
  /** Starts Gemini CLI's sign-in at a server, with the person's Yes to opening a browser. */
  startGeminiSignIn(name: string, url: string): StartedProgram;
  /** @returns the address that a program last had the browser open, or null if none since `forgetOpened` */
  openedAddress(): Promise<string | null>;
  forgetOpened(): Promise<void>;
  remove(): Promise<void>;
}

export interface StartedProgram {
  output(): string;
}

/**
 * Makes a home folder, and installs the clients of `CLIENTS` once for all runs on this machine.
 *
 * @throws Error when npm cannot install them
 */
export async function createClientComputer(): Promise<ClientComputer> {
  const programs = await installClients();
  const home = await mkdtemp(join(tmpdir(), "catwalk-clients-home-"));
  const project = join(home, "project");
  const opened = join(home, "opened");
  const bin = join(home, "bin");
  await Promise.all([mkdir(project), mkdir(bin), mkdir(join(home, ".gemini"))]);
  const gemini = { security: { auth: { selectedType: "gemini-api-key" } } };
  await writeFile(join(home, ".gemini", "settings.json"), JSON.stringify(gemini));
  for (const name of ["xdg-open", "open"]) {
    await writeFile(join(bin, name), `#!/bin/sh\nprintf '%s\\n' "$1" >> ${opened}\n`);
    await chmod(join(bin, name), 0o755);
  }
  const env = {
    PATH: [bin, programs, dirname(process.execPath), process.env.PATH].join(delimiter),
    HOME: home,
    BROWSER: join(bin, "xdg-open"),
    TERM: "xterm-256color",
    COLORTERM: "truecolor",
    LANG: "C.UTF-8",
    NODE_ENV: "production" as const,
    // Gemini CLI wants an account, and trust in the folder, before it looks at any server. It sends no request with this key.
    GEMINI_API_KEY: "none",
    GEMINI_CLI_TRUST_WORKSPACE: "true",
    MCP_INSPECTOR_SECRET_STORE: "memory",
  };
  const children = new Set<ChildProcess>();
  const options = { cwd: project, env, detached: true };
  const watch = (child: ChildProcessWithoutNullStreams): StartedProgram => {
    children.add(child);
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
    }
    return { output: () => stripVTControlCharacters(text) };
  };
  return {
    async run(program, ...args) {
      const { stdout, stderr } = await run(program, args, { cwd: project, env, timeout: COMMAND_WITHIN_MS });
      return stripVTControlCharacters(stdout + stderr);
    },
    start(program, ...args) {
      return watch(spawn("script", ["-qefc", [program, ...args].join(" "), "/dev/null"], options));
    },
    startGeminiSignIn(name, url) {
      const folder = join(programs, "..", "@google", "gemini-cli");
      const child = spawn(process.execPath, [GEMINI_SIGN_IN, folder, name, url], options);
      child.stdin.write("y\n");
      return watch(child);
    },
    async openedAddress() {
      const text = await readFile(opened, "utf8").catch(() => "");
      return text.trimEnd().split("\n").at(-1) || null;
    },
    async forgetOpened() {
      await rm(opened, { force: true });
    },
    async remove() {
      for (const child of children) {
        try {
          if (child.pid) process.kill(-child.pid, "SIGKILL");
        } catch {
          // It has ended already.
        }
      }
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** @returns the folder with the programs */
async function installClients(): Promise<string> {
  const versions = Object.entries(CLIENTS).map(([name, version]) => `${name}@${version}`);
  const folder = join(tmpdir(), `catwalk-clients-${versions.join("-").replaceAll(/[^\w.]+/g, "-")}`);
  const bin = join(folder, "node_modules", ".bin");
  if (existsSync(folder)) return bin;
  const unfinished = await mkdtemp(join(tmpdir(), "catwalk-clients-unfinished-"));
  await writeFile(join(unfinished, "package.json"), JSON.stringify({ private: true, dependencies: CLIENTS }));
  await run("npm", ["install", "--no-audit", "--no-fund"], { cwd: unfinished, timeout: INSTALL_WITHIN_MS });
  await rename(unfinished, folder);
  return bin;
}
