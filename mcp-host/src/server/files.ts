import { randomBytes } from "node:crypto";
import {
  chownSync,
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { actAs } from "../util/users.ts";

/** A plain name: no path, no "." or "..", and short enough for a draft's suffix. */
const PLAIN_NAME = /^(?!\.{1,2}$)[\w. -]{1,128}$/;

/** A browser that an install script fetched has some hundred files. */
const MAX_LINKS = 20_000;

/** Returns whether a file in the server's home can have this name. */
export function isPlainName(name: string): boolean {
  return PLAIN_NAME.test(name);
}

/**
 * Creates the server's home and writes its files, readable by the server's user alone. Each file is replaced in one step; a link of
 * its name is replaced, not followed. Throws the system's error.
 *
 * @param user the server's user, where that is not mcp-host's own
 */
export function writeServerFiles(home: string, files: ReadonlyMap<string, string>, user: number | null): void {
  createHome(home, user);
  actAs(user, () => {
    for (const [name, content] of files) {
      const draft = join(home, `.${randomBytes(8).toString("hex")}.draft`);
      try {
        const file = openSync(draft, "wx", 0o600);
        try {
          writeFileSync(file, content);
          fsyncSync(file);
        } finally {
          closeSync(file);
        }
        renameSync(draft, join(home, name));
      } catch (error) {
        rmSync(draft, { force: true });
        throw error;
      }
    }
  });
}

/**
 * Links what install scripts left in their HOME into the server's, where it looks for it. Folders are created, so that the server can
 * write beside the links; what is there already stays. Throws the system's error.
 */
export function linkFiles(source: string, home: string, user: number | null): void {
  let links = 0;
  const linkFolder = (from: string, to: string): void => {
    for (const entry of readdirSync(from, { withFileTypes: true })) {
      const [path, name] = [join(from, entry.name), join(to, entry.name)];
      if (++links > MAX_LINKS) return;
      if (entry.isDirectory()) {
        // A link in its place is the server's own doing.
        if (lstatSync(name, { throwIfNoEntry: false })?.isDirectory() === false) continue;
        mkdirSync(name, { recursive: true, mode: 0o700 });
        linkFolder(path, name);
      } else if (lstatSync(name, { throwIfNoEntry: false }) === undefined) {
        symlinkSync(path, name);
      }
    }
  };
  actAs(user, () => linkFolder(source, home));
}

/** Creates the server's home, in a folder of the server's user or in one of mcp-host's. */
function createHome(home: string, user: number | null): void {
  try {
    actAs(user, () => mkdirSync(home, { recursive: true, mode: 0o700 }));
  } catch (error) {
    if (user === null || (error as NodeJS.ErrnoException).code !== "EACCES") throw error;
    mkdirSync(home, { mode: 0o700 });
    chownSync(home, user, user);
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
