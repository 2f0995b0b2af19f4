import { baseName, type FileSet, folderOf } from "../fetch/files.ts";

/** Returns whether a folder is deployed as a worker of Cloudflare, which starts what its configuration names (Wrangler, "Configuration"). */
export function isDeployed(set: FileSet, folder: string): boolean {
  return set.paths.some((path) => folderOf(path) === folder && /^wrangler\.(toml|jsonc?)$/.test(baseName(path)));
}
