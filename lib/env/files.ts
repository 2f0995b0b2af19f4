import { randomUUID } from "node:crypto";
import { link, open, readFile, rename, rm } from "node:fs/promises";

/** Replaces a file's content atomically, with mode 0600: a crash leaves the old content or the new. */
export async function replaceFile(path: string, content: string): Promise<void> {
  const unfinished = await writeBeside(path, content);
  try {
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
}

/**
 * Reads a file, and creates it first if it is missing. Processes that do this at once all get the same content.
 *
 * @param make returns the content of a new file
 */
export async function readOrMakeFile(path: string, make: () => string): Promise<string> {
  const read = () => readFile(path, "utf8");
  const isMissing = (error: unknown) => error instanceof Error && "code" in error && error.code === "ENOENT";
  try {
    return await read();
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  const unfinished = await writeBeside(path, make());
  try {
    // Unlike a rename, a link fails when the name is taken, so the first process wins.
    await link(unfinished, path).catch((error: unknown) => {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    });
  } finally {
    await rm(unfinished, { force: true });
  }
  return read();
}

async function writeBeside(path: string, content: string): Promise<string> {
  const unfinished = `${path}.${randomUUID()}`;
  const file = await open(unfinished, "wx", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  return unfinished;
}
