import { Unzip, type UnzipFile, UnzipInflate } from "fflate";
import type { Warning } from "../../spec.ts";
import { formatList } from "../archive.ts";
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

const MAX_ENTRIES = 20_000;
const MAX_PATH_LENGTH = 500;
const MAX_METADATA_BYTES = 1024 * 1024;
/** Inflated bytes, of files that are kept and of those that turn out to be too large. */
const MAX_INFLATED_BYTES = 4 * MAX_TOTAL_BYTES;
/** Deflate grows by a factor of a thousand at most, so one step takes some megabytes. */
const STEP_BYTES = 4 * 1024;

/**
 * Reads the text files of a wheel (a zip), within the limits of one analysis: Python sources, METADATA and
 * entry_points.txt. It goes through the entries in their order instead of the zip's directory, whose entries can all lead
 * to the same data, and believes no size that a header states.
 *
 * @throws Error when it is not a zip
 */
export function readWheel(bytes: Uint8Array): FileSet {
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) throw new Error("a wheel is not a zip");
  const paths: string[] = [];
  const files = new Map<string, TextFile>();
  const cut = new Set<string>();
  let total = 0;
  let inflated = 0;
  const unzip = new Unzip((entry) => {
    if (paths.length >= MAX_ENTRIES || !isSafe(entry.name)) return;
    paths.push(entry.name);
    const isMetadata = METADATA.test(entry.name);
    if (!isWanted(entry.name) || (!isMetadata && files.size >= MAX_SOURCE_FILES)) return;
    // A wheel's metadata stands at its end, when the sources may have reached the limit.
    const limit = Math.min(maxBytesOf(entry.name), MAX_TOTAL_BYTES + (isMetadata ? MAX_METADATA_BYTES : 0) - total);
    collect(entry, limit, (content, length) => {
      inflated += length;
      if (content === null) cut.add(entry.name);
      else {
        total += content.length;
        const text = decodeText(content, false);
        if (text !== null) files.set(entry.name, { path: entry.name, text, isCut: false });
      }
    });
  });
  unzip.register(UnzipInflate);
  let at = 0;
  for (; at < bytes.length && inflated <= MAX_INFLATED_BYTES && paths.length < MAX_ENTRIES; at += STEP_BYTES)
    unzip.push(bytes.subarray(at, at + STEP_BYTES), at + STEP_BYTES >= bytes.length);
  return { paths, files, warnings: warningsOf([...cut], at < bytes.length) };
}

function isSafe(path: string): boolean {
  return (
    path.length <= MAX_PATH_LENGTH && !path.endsWith("/") && !path.startsWith("/") && !path.split("/").includes("..")
  );
}

const METADATA = /^[^/]+\.dist-info\/(METADATA|entry_points\.txt)$/;

function isWanted(path: string): boolean {
  return METADATA.test(path) || (isPython(path) && !isForeign(path));
}

/**
 * Inflates an entry.
 *
 * @param done gets the content and its length; null for the content when it exceeds the limit or is damaged
 */
function collect(entry: UnzipFile, limit: number, done: (content: Uint8Array | null, length: number) => void): void {
  const chunks: Uint8Array[] = [];
  let length = 0;
  let isDone = false;
  const finish = (content: Uint8Array | null) => {
    if (isDone) return;
    isDone = true;
    done(content, length);
    if (content === null) entry.terminate();
  };
  entry.ondata = (error, chunk, isLast) => {
    if (isDone) return;
    length += chunk?.length ?? 0;
    if (error || length > limit) return finish(null);
    chunks.push(chunk);
    if (isLast) finish(Buffer.concat(chunks));
  };
  entry.start();
}

function warningsOf(cut: string[], isBroken: boolean): Warning[] {
  const warnings: Warning[] = [];
  const say = (code: string, message: string) => warnings.push({ code, message, mustAccept: false });
  if (cut.length > 0) say("file_cut", `Large files of the package were left out: ${formatList(cut)}.`);
  if (isBroken) say("archive_cut", "The package is larger than Catwalk reads; what came first was read.");
  return warnings;
}
