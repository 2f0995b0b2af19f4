import { readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Lets Next take its configuration from the build, as a standalone build does. Otherwise Next compiles next.config.ts at each start: its
 * compiler is a library of 100 MB, which the process would then keep in memory. The image has no next.config.ts at all.
 *
 * @param root the folder that holds `.next`
 */
export async function adoptBuiltConfig(root: string): Promise<void> {
  const files = JSON.parse(await readFile(join(root, ".next", "required-server-files.json"), "utf8")) as {
    config: unknown;
  };
  process.env.__NEXT_PRIVATE_STANDALONE_CONFIG = JSON.stringify(files.config);
}
