import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isObject } from "../protocol/json.ts";
import { removeTree } from "./ownership.ts";

/**
 * Removes installed packages that no machine uses. A package that an mcp-host begins to use meanwhile stays, or is installed again.
 *
 * @param root the folder of packages, as `installOnce` fills it
 * @param useFiles the files in which mcp-hosts name the folders that they use; a missing one is skipped
 */
export async function collectPackages(root: string, useFiles: readonly string[]): Promise<void> {
  const readUsed = async () =>
    new Set(await Promise.all(useFiles.map((file) => readFile(file, "utf8").catch(() => ""))));
  const pointers = await readPointers(root);
  const before = await readUsed();
  const unused = [...new Set(pointers.values())].filter((folder) => !before.has(folder));
  for (const folder of unused) {
    const files = [...pointers].flatMap(([file, name]) => (name === folder ? [join(root, file)] : []));
    const texts = await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => "")));
    // Without a pointer nothing new begins to use it. One that did so just before is seen now.
    for (const file of files) await rm(file, { force: true });
    if ((await readUsed()).has(folder)) {
      for (const [index, file] of files.entries())
        await writeFile(file, texts[index] ?? "", { flag: "wx" }).catch(() => {});
    } else {
      await removeTree(join(root, folder));
    }
  }
}

/** Returns the folder that each pointer file names. */
async function readPointers(root: string): Promise<Map<string, string>> {
  const pointers = new Map<string, string>();
  for (const file of await readdir(root).catch(() => [])) {
    if (!/^[0-9a-f]{16}\.json$/.test(file)) continue;
    try {
      const value: unknown = JSON.parse(await readFile(join(root, file), "utf8"));
      if (isObject(value) && typeof value.folder === "string" && /^[\w-]+$/.test(value.folder)) {
        pointers.set(file, value.folder);
      }
    } catch {
      // Half-written, or gone: mcp-host treats it as absent.
    }
  }
  return pointers;
}
