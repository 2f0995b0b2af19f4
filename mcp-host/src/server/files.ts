import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";

/** A plain name: no path, nothing that means another folder, and no room for the name of a draft's. */
const PLAIN_NAME = /^(?!\.{1,2}$)[\w. -]{1,128}$/;

/** Whether a file of this name may be put into the server's home. */
export function isPlainName(name: string): boolean {
  return PLAIN_NAME.test(name);
}

/**
 * Makes the server's home, and puts the files into it that the server is to find, readable by its user alone. Each is whole or as it was before; a
 * link of that name is replaced, not followed. Rejects with the system's error.
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

/** What of a file's content must not be shown: the whole, and what programs quote of it, the texts in a JSON file. */
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
