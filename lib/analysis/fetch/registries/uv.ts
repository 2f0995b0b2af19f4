import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  decodeText,
  type FileSet,
  isForeign,
  isPython,
  MAX_SOURCE_FILES,
  MAX_TOTAL_BYTES,
  maxBytesOf,
  type TextFile,
} from "../files.ts";
import type { Finished } from "./process.ts";
import { parseMetadata, recordOfMetadata, recordWithoutWheel } from "./python-metadata.ts";
import type { Tool } from "./python-tool.ts";
import type { Lookup } from "./types.ts";

const TIMEOUT_MS = 10_000;

/** Unpacks a wheel into the folder, without its dependencies. Returns null without uv. */
async function unpack(tool: Tool, requirement: string): Promise<Finished | null> {
  const result = await tool(
    ["uv", "pip", "install", "--quiet", "--target", "wheel", "--no-deps", "--only-binary", ":all:", requirement],
    TIMEOUT_MS,
  );
  return result.exitCode === null ? null : result;
}

/** Looks a package up with uv. Returns null without uv. */
export async function lookupWithUv(
  tool: Tool,
  folder: string,
  name: string,
  version: string | null,
): Promise<Lookup | null> {
  const result = await unpack(tool, version === null ? name : `${name}==${version}`);
  if (result === null) return null;
  if (result.exitCode === 0) {
    const metadata = await readMetadata(join(folder, "wheel"));
    return metadata
      ? { status: "found", record: recordOfMetadata(metadata) }
      : { status: "unknown", message: `uv could not look up ${name}` };
  }
  if (/was not found in the package registry/.test(result.stderr)) return { status: "absent", reason: "package" };
  if (/no version of/.test(result.stderr)) return { status: "absent", reason: "version" };
  // uv names no version when it may not build, so the person has to give one.
  if (/no usable wheels|no wheels/.test(result.stderr) && version !== null)
    return { status: "found", record: recordWithoutWheel(name, version) };
  return { status: "unknown", message: `uv could not look up ${name}` };
}

async function readMetadata(folder: string) {
  const info = (await readdir(folder)).find((name) => name.endsWith(".dist-info"));
  return info ? parseMetadata(await readFile(join(folder, info, "METADATA"), "utf8")) : null;
}

/**
 * Reads the files of a wheel. Returns null without uv.
 *
 * @throws Error when the wheel cannot be downloaded
 */
export async function readWithUv(tool: Tool, folder: string, requirement: string): Promise<FileSet | null> {
  const result = await unpack(tool, requirement);
  if (result === null) return null;
  if (result.exitCode !== 0) throw new Error("uv brought no wheel");
  const root = join(folder, "wheel");
  const files = new Map<string, TextFile>();
  const paths: string[] = [];
  let total = 0;
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name)
      .slice(root.length + 1)
      .replaceAll("\\", "/");
    paths.push(path);
    const isMetadata = /\.dist-info\/(METADATA|entry_points\.txt)$/.test(path);
    if (!isMetadata && (!isPython(path) || isForeign(path))) continue;
    const { size } = await stat(join(root, path));
    if (files.size >= MAX_SOURCE_FILES || size > maxBytesOf(path) || total + size > MAX_TOTAL_BYTES) continue;
    const text = decodeText(await readFile(join(root, path)), false);
    if (text === null) continue;
    total += size;
    files.set(path, { path, text, isCut: false });
  }
  return { paths, files, warnings: [] };
}
