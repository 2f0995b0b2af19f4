import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

/**
 * Starts the program beside a list that serves GitHub's read API over bare clones.
 *
 * @param corpus the list's folder
 * @param mirrors the folder of the clones
 */
export async function startCorpusServer(corpus: string, mirrors: string): Promise<{ url: string; stop: () => void }> {
  const program = join(corpus, "github-server.mjs");
  const child = spawn(process.execPath, [program, "--mirrors", mirrors, "--port", "0", "--quiet"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /http:\/\/[\w.:]+/.exec(line)?.[0];
    if (url) return { url, stop: () => void child.kill() };
  }
  throw new Error(`${program} ended before it listened.`);
}
