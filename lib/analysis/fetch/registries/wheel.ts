import { unzipSync } from "fflate";
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

/**
 * Reads the text files of a wheel (a zip), within the limits of one analysis: Python sources, METADATA and
 * entry_points.txt.
 */
export function readWheel(bytes: Uint8Array): FileSet {
  const paths: string[] = [];
  const cut = new Set<string>();
  let total = 0;
  const unpacked = unzipSync(bytes, {
    filter: (entry) => {
      if (
        paths.length >= MAX_ENTRIES ||
        entry.name.endsWith("/") ||
        entry.name.startsWith("/") ||
        entry.name.split("/").includes("..")
      ) {
        return false;
      }
      paths.push(entry.name);
      const isMetadata = /\.dist-info\/(METADATA|entry_points\.txt)$/.test(entry.name);
      if (!isMetadata && (!isPython(entry.name) || isForeign(entry.name))) return false;
      // A zip entry cannot be read in part, so a file over the limit is left out and named in a warning.
      if (entry.originalSize > maxBytesOf(entry.name) || total + entry.originalSize > MAX_TOTAL_BYTES) {
        cut.add(entry.name);
        return false;
      }
      total += entry.originalSize;
      return paths.length <= MAX_SOURCE_FILES * 10;
    },
  });
  const files = new Map<string, TextFile>();
  for (const [path, content] of Object.entries(unpacked)) {
    const text = content.length <= maxBytesOf(path) ? decodeText(content, false) : null;
    if (text !== null) files.set(path, { path, text, isCut: false });
  }
  const warnings =
    cut.size === 0
      ? []
      : [
          {
            code: "file_cut",
            message: `Large files of the package were left out: ${[...cut].slice(0, 3).join(", ")}.`,
            mustAccept: false,
          },
        ];
  return { paths, files, warnings };
}
