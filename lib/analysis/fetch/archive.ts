import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { Parser, type ReadEntry } from "tar";
import type { Warning } from "../spec.ts";
import { ClippedBytes } from "./clipped-bytes.ts";
import { isDeclaration, isJavaScript, maxBytesOf, type TextFile } from "./files.ts";

const MAX_ARCHIVE_BYTES = 80 * 1024 * 1024;
const MAX_UNPACKED_BYTES = 400 * 1024 * 1024;
const MAX_ENTRIES = 60_000;
/**
 * Declarations that are read although the limits are reached. npm packs the README after the programs, and without it most of what a
 * server needs stays unknown.
 */
const SPARE_DECLARATIONS = 20;
const SPARE_BYTES = 2 * 1024 * 1024;
/** GitHub and npm have no longer paths. A header can hold a megabyte. */
const MAX_PATH_LENGTH = 1_000;

export interface ArchiveLimits {
  maxFiles: number;
  maxTotalBytes: number;
}

export interface ArchiveContents {
  paths: string[];
  /** Links and devices where a wanted file was expected. */
  links: string[];
  files: Map<string, TextFile>;
  warnings: Warning[];
}

class LimitReached extends Error {}

/**
 * Reads text files out of a gzipped tar. Nothing of it reaches the disk. Links, devices, absolute paths, paths with
 * ".." and binary files are skipped, each kind with one warning. When a limit ends the reading, the files read so far are kept.
 *
 * @param stream the archive; its single top folder is removed from every path
 * @param wants returns true for the paths whose text is wanted
 * @throws Error when the stream breaks or is not a gzipped tar
 */
export async function readArchive(
  stream: Readable,
  wants: (path: string) => boolean,
  limits: ArchiveLimits,
  signal: AbortSignal,
): Promise<ArchiveContents> {
  const paths: string[] = [];
  const files = new Map<string, TextFile>();
  const unsafe: string[] = [];
  const links: string[] = [];
  const binary: string[] = [];
  let totalBytes = 0;
  let declarations = 0;
  let entries = 0;

  const parser = new Parser({ strict: false, maxMetaEntrySize: 1024 * 1024 });
  const onEntry = (entry: ReadEntry) => {
    entries += 1;
    if (entries > MAX_ENTRIES) parser.abort(new LimitReached("entries"));
    const path = entry.path.length <= MAX_PATH_LENGTH ? safePath(entry.path) : null;
    if (entry.type === "Directory") return entry.resume();
    if (path === null) {
      unsafe.push(entry.path.slice(0, MAX_PATH_LENGTH));
      return entry.resume();
    }
    if (entry.type !== "File" && entry.type !== "OldFile" && entry.type !== "ContiguousFile") {
      if (wants(path)) links.push(path);
      return entry.resume();
    }
    paths.push(path);
    const isSpare = isDeclaration(path) && declarations < SPARE_DECLARATIONS;
    const maxTotalBytes = limits.maxTotalBytes + (isSpare ? SPARE_BYTES : 0);
    const isFull = (!isSpare && files.size >= limits.maxFiles) || totalBytes >= maxTotalBytes;
    if (!wants(path) || isFull) return entry.resume();
    if (isSpare) declarations += 1;
    const limit = Math.min(maxBytesOf(path), maxTotalBytes - totalBytes);
    const bytes = new ClippedBytes(limit, { keepsEnd: isJavaScript(path) });
    entry.on("data", (chunk: Buffer) => bytes.add(chunk));
    entry.on("end", () => {
      const text = bytes.decode();
      if (text === null) binary.push(path);
      else {
        files.set(path, { path, text, isCut: bytes.isCut });
        totalBytes += bytes.bytesKept;
      }
    });
  };
  parser.on("entry", onEntry);

  let limited = false;
  try {
    await pipeline(
      stream,
      limitBytes(MAX_ARCHIVE_BYTES),
      createGunzip(),
      limitBytes(MAX_UNPACKED_BYTES),
      sink(parser),
      {
        signal,
      },
    );
  } catch (error) {
    if (!(error instanceof LimitReached)) throw error;
    limited = true;
  }
  return { paths, links, files, warnings: archiveWarnings({ unsafe, links, binary, limited }, files) };
}

interface LeftOut {
  /** As the archive writes them. */
  unsafe: string[];
  /** Links and devices where a wanted file was expected. */
  links: string[];
  binary: string[];
  limited: boolean;
}

function archiveWarnings({ unsafe, links, binary, limited }: LeftOut, files: Map<string, TextFile>): Warning[] {
  const warnings: Warning[] = [];
  const say = (code: string, message: string) =>
    warnings.push({ code, message: message.slice(0, 2_000), mustAccept: false });
  if (unsafe.length > 0) {
    say("unsafe_paths_skipped", `Paths that lead out of the archive were left out: ${formatList(unsafe)}.`);
  }
  if (links.length > 0) say("links_skipped", `Links are not followed, so these were left out: ${formatList(links)}.`);
  if (binary.length > 0) say("binary_skipped", `These are no text and were left out: ${formatList(binary)}.`);
  const cut = [...files.values()].filter((file) => file.isCut).map((file) => file.path);
  if (cut.length > 0) say("file_cut", `Only parts of these large files were read: ${formatList(cut)}.`);
  if (limited) say("archive_cut", "The archive is larger than Catwalk reads; what came first was read.");
  return warnings;
}

/** Formats names as "a, b, c and 4 more". Removes characters that could break the sentence. */
export function formatList(names: string[]): string {
  const shown = names.slice(0, 3).map((name) => name.replace(/\p{Cc}/gu, "").slice(0, 120));
  return names.length > 3 ? `${shown.join(", ")} and ${names.length - 3} more` : shown.join(", ");
}

/** A path below the archive's top folder, or null when it would leave it. */
function safePath(path: string): string | null {
  if (path.startsWith("/") || path.includes("\\") || path.includes("\0") || /^[A-Za-z]:/.test(path)) return null;
  const parts = path.split("/");
  if (parts.some((part) => part === "..")) return null;
  const below = parts.slice(1).filter((part) => part !== "" && part !== ".");
  return below.join("/");
}

/** Limits the number of bytes that pass: a small archive can unpack to a large one. */
function limitBytes(maxBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes) done(new LimitReached("bytes"));
      else done(null, chunk);
    },
  });
}

/** Adapts the tar parser, which is not a Node stream: writes into it and respects its backpressure. */
function sink(parser: Parser): Transform {
  let failure: Error | null = null;
  parser.on("error", (error: Error) => {
    failure ??= error;
  });
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      parser.write(chunk);
      done(failure);
    },
    flush(done) {
      parser.end();
      done(failure);
    },
  }).resume();
}
