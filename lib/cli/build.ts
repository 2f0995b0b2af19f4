import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { takeLock } from "../env/data-folder.ts";
import { SETTING_NAMES } from "../env/env.ts";
import { StartError } from "../errors/start-error.ts";

/** Top-level entries of a checkout that the build does not read. */
const NOT_READ = new Set([
  "node_modules",
  "docs",
  "e2e",
  "fly-simulator",
  "test-results",
  "playwright-report",
  "next-env.d.ts",
]);
/** A build takes less than a minute; this bound is for one that hangs. */
const BUILD_WITHIN_MS = 15 * 60_000;

export interface BuildOptions {
  /** Called when a build is needed. */
  onStart: () => void;
  signal?: AbortSignal;
}

/**
 * Builds for production when there is no build, the last one was interrupted, or its input has changed. Of several concurrent
 * processes one builds and the others wait for it.
 *
 * @param root the checkout
 * @throws StartError with the last lines of the build's output
 */
export async function ensureBuild(root: string, options: BuildOptions): Promise<void> {
  // Next empties .next before a build, except for cache.
  await mkdir(join(root, ".next", "cache"), { recursive: true });
  const release = await waitForLock(join(root, ".next", "cache", "catwalk-build.lock"), options.signal);
  try {
    const marker = join(root, ".next", "catwalk-build");
    const fingerprint = await hashBuildInput(root);
    const built = await readFile(marker, "utf8").catch(() => null);
    if (built === fingerprint) return;
    options.onStart();
    await rm(marker, { force: true });
    // Node adds to its cache of compiled code and removes nothing: another build has files of other names.
    await rm(join(root, ".next", "cache", "node"), { recursive: true, force: true });
    await runBuild(root, options.signal, { isFirst: built === null });
    await writeFile(marker, fingerprint);
  } finally {
    release();
  }
}

async function waitForLock(file: string, signal?: AbortSignal): Promise<() => void> {
  for (;;) {
    const release = takeLock(file);
    if (release) return release;
    await delay(200, undefined, { signal });
  }
}

/** Hashes everything that the build reads: sources, settings, the lock file, Node's version. */
async function hashBuildInput(root: string): Promise<string> {
  const hash = createHash("sha256").update(`${process.version} ${process.platform} ${process.arch}\n`);
  for (const [name, value] of Object.entries(process.env).sort()) {
    if (name.startsWith("NEXT_PUBLIC_")) hash.update(`${name}=${value}\n`);
  }
  const top = (await readdir(root, { withFileTypes: true })).filter(
    ({ name }) => !name.startsWith(".") && !NOT_READ.has(name) && !/\.(md|tsbuildinfo|log)$/.test(name),
  );
  for (const entry of top.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.isFile()) hash.update(`${entry.name}\0`).update(await readFile(join(root, entry.name)));
    if (entry.isDirectory()) await addFolder(hash, join(root, entry.name), entry.name);
  }
  return hash.digest("hex");
}

async function addFolder(hash: ReturnType<typeof createHash>, path: string, name: string): Promise<void> {
  const entries = await readdir(path, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name === "node_modules" || entry.name === "dist" || /\.test\.tsx?$/.test(entry.name)) continue;
    const [entryPath, entryName] = [join(path, entry.name), `${name}/${entry.name}`];
    if (entry.isDirectory()) await addFolder(hash, entryPath, entryName);
    if (entry.isFile()) hash.update(`${entryName}\0`).update(await readFile(entryPath));
  }
}

/** Runs `next build` in a child process that exits with this one, even after a kill -9. */
async function runBuild(
  root: string,
  signal: AbortSignal | undefined,
  { isFirst }: { isFirst: boolean },
): Promise<void> {
  const require = createRequire(join(root, "package.json"));
  const next = resolve(require.resolve("next/package.json"), "..", "dist", "bin", "next");
  // Pages must not be prerendered with this host's settings, and the compiler's code is of no use to a later start.
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !SETTING_NAMES.includes(name) && name !== "NODE_COMPILE_CACHE"),
  );
  const child = fork(next, ["build"], {
    cwd: root,
    env: {
      ...environment,
      NODE_ENV: "production",
      NEXT_TELEMETRY_DISABLED: "1",
      NO_COLOR: "1",
      ...(isFirst && { CATWALK_BUILD: "first" }),
    },
    execArgv: ["--import", join(import.meta.dirname, "end-with-parent.ts")],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    signal,
    timeout: BUILD_WITHIN_MS,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      output = (output + chunk).slice(-20_000);
    });
  }
  const code = await new Promise<number | null>((resolveCode) => {
    child.once("error", () => resolveCode(null));
    child.once("close", resolveCode);
  });
  signal?.throwIfAborted();
  if (code !== 0)
    throw new StartError(`The pages could not be built:\n${output.trim().split("\n").slice(-40).join("\n")}`);
}
