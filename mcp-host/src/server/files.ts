import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";

/** A plain name: no path, no "." or "..", and short enough for a draft's suffix. */
const PLAIN_NAME = /^(?!\.{1,2}$)[\w. -]{1,128}$/;

/** Returns whether a file in the server's home can have this name. */
export function isPlainName(name: string): boolean {
  return PLAIN_NAME.test(name);
}

/**
 * Creates the server's home and writes its files, readable by the server's user alone. Each file is replaced in one step; a link of
 * its name is replaced, not followed. Rejects with the system's error.
 */
export async function writeServerFiles(home: string, files: ReadonlyMap<string, string>): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  for (const [name, content] of files) {
    const draft = join(home, `.${randomBytes(8).toString("hex")}.draft`);
    try {
      const file = await open(draft, "wx", 0o600);
      try {
        await file.writeFile(content);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, join(home, name));
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }
}

/** Returns what must not be shown of a file: its whole content, and the texts in a JSON file, which programs quote. */
export function listFileSecrets(content: string): string[] {
  try {
    return [content, ...listTexts(JSON.parse(content))];
  } catch {
    return [content];
  }
}

function listTexts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(listTexts) : [];
}
