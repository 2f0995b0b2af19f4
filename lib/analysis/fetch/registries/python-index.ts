import { Readable } from "node:stream";
import { readArchive } from "../archive.ts";
import type { FileSet } from "../files.ts";
import type { IndexAddress } from "./index-address.ts";
import { type IndexFile, normalizeProjectName, PAGE_TYPES, readIndexPage } from "./index-page.ts";
import { getFromIndex, IndexRefusedError, TooLargeError } from "./index-request.ts";
import { type PythonMetadata, parseMetadata, recordOfMetadata, recordWithoutWheel } from "./python-metadata.ts";
import { comparePythonVersions, parsePythonVersion } from "./python-version.ts";
import type { Lookup, PackageRecord } from "./types.ts";
import { readWheel } from "./wheel.ts";

/** An index out of reach must leave time for pip, and both for the rest of an analysis. */
const LOOKUP_TIMEOUT_MS = 5_000;
const DOWNLOAD_TIMEOUT_MS = 10_000;
const MAX_PAGE_BYTES = 24 * 1024 * 1024;
const MAX_METADATA_BYTES = 2 * 1024 * 1024;
const MAX_WHEEL_BYTES = 60 * 1024 * 1024;
const MAX_SOURCE_BYTES = 20 * 1024 * 1024;
const ANY_TYPE = "*/*";

/** Looks a package up through an index's simple repository API (PEP 503, 691), for hosts without pip and uv. */
export async function lookupInIndex(
  index: IndexAddress,
  name: string,
  version: string | null,
  callerSignal: AbortSignal,
): Promise<Lookup> {
  const signal = AbortSignal.any([callerSignal, AbortSignal.timeout(LOOKUP_TIMEOUT_MS)]);
  try {
    const files = await filesOf(index, name, signal);
    if (files === null || files.length === 0) return { status: "absent", reason: "package" };
    const file = chooseFile(files, version);
    if (file === null) return { status: "absent", reason: "version" };
    const record = await (file.kind === "wheel" ? recordOfWheel : recordOfSource)(index, file, name, signal);
    return { status: "found", record };
  } catch (error) {
    if (callerSignal.aborted) throw callerSignal.reason;
    const message =
      error instanceof IndexRefusedError
        ? "The Python package index refused to answer: it wants a user and a password in its address"
        : `The Python package index could not look up ${name}`;
    return { status: "unknown", message };
  }
}

/**
 * Reads the files of a published version's wheel.
 *
 * @throws Error when the wheel cannot be downloaded
 */
export async function readFromIndex(
  index: IndexAddress,
  record: PackageRecord,
  callerSignal: AbortSignal,
): Promise<FileSet> {
  const signal = AbortSignal.any([callerSignal, AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS)]);
  const file = chooseFile((await filesOf(index, record.name, signal)) ?? [], record.version);
  if (file?.kind !== "wheel") throw new Error("the package index has no wheel");
  try {
    return readWheel(await download(index, file, MAX_WHEEL_BYTES, signal));
  } catch (error) {
    if (!(error instanceof TooLargeError)) throw error;
    const message = "The package is larger than Catwalk reads; only its metadata was used.";
    return { paths: [], files: new Map(), warnings: [{ code: "large_package", message, mustAccept: false }] };
  }
}

/** Lists the files of a project. Returns null when the index has no such project. */
async function filesOf(index: IndexAddress, name: string, signal: AbortSignal): Promise<IndexFile[] | null> {
  const url = new URL(`${encodeURIComponent(normalizeProjectName(name))}/`, index.url);
  const page = await getFromIndex(index, url, { accept: PAGE_TYPES, maxBytes: MAX_PAGE_BYTES, signal });
  return page && readIndexPage(page, name);
}

async function download(
  index: IndexAddress,
  file: IndexFile,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const answer = await getFromIndex(index, file.url, { accept: ANY_TYPE, maxBytes, signal, sha256: file.sha256 });
  if (answer === null) throw new Error("a file that the package index lists is not there");
  return answer.bytes;
}

/**
 * Chooses the file that describes a version, or the newest when it is null, by pip's rules: wheels before sources,
 * final releases before others, yanked files only for an exact version. Among a version's wheels the platform-
 * independent one is preferred.
 */
function chooseFile(files: IndexFile[], version: string | null): IndexFile | null {
  const wanted = version === null ? null : parsePythonVersion(version);
  if (version !== null && wanted === null) return null;
  const candidates = files.filter((file) =>
    wanted === null ? !file.isYanked : comparePythonVersions(file.version, wanted) === 0,
  );
  const better = (a: IndexFile, b: IndexFile): number =>
    Number(b.kind === "wheel") - Number(a.kind === "wheel") ||
    Number(b.version.isFinal) - Number(a.version.isFinal) ||
    comparePythonVersions(b.version, a.version) ||
    Number(b.filename.endsWith("-any.whl")) - Number(a.filename.endsWith("-any.whl")) ||
    Number(/x86_64/.test(b.filename)) - Number(/x86_64/.test(a.filename));
  return candidates.sort(better)[0] ?? null;
}

/** Reads the record from the separate metadata file (PEP 658), else from the whole wheel. */
async function recordOfWheel(
  index: IndexAddress,
  file: IndexFile,
  name: string,
  signal: AbortSignal,
): Promise<PackageRecord> {
  if (file.metadata) {
    const url = new URL(file.url);
    url.pathname += ".metadata";
    const { sha256 } = file.metadata;
    const answer = await getFromIndex(index, url, { accept: ANY_TYPE, maxBytes: MAX_METADATA_BYTES, signal, sha256 });
    if (answer) return recordOfMetadata(checked(new TextDecoder().decode(answer.bytes), file, name));
  }
  try {
    const { files } = readWheel(await download(index, file, MAX_WHEEL_BYTES, signal));
    const found = [...files.values()].find(({ path }) => /^[^/]+\.dist-info\/METADATA$/.test(path));
    return recordOfMetadata(checked(found?.text ?? "", file, name));
  } catch (error) {
    if (error instanceof TooLargeError) return recordOfMetadata({ name, version: file.version.text });
    throw error;
  }
}

/**
 * Reads the record from the PKG-INFO of a source distribution, unpacked in memory and never built. Without one, only
 * name and version are known.
 */
async function recordOfSource(
  index: IndexAddress,
  file: IndexFile,
  name: string,
  signal: AbortSignal,
): Promise<PackageRecord> {
  const known = recordWithoutWheel(name, file.version.text);
  if (!file.filename.endsWith(".tar.gz")) return known;
  try {
    const bytes = await download(index, file, MAX_SOURCE_BYTES, signal);
    const limits = { maxFiles: 1, maxTotalBytes: MAX_METADATA_BYTES };
    const { files } = await readArchive(Readable.from([bytes]), (path) => path === "PKG-INFO", limits, signal);
    return { ...recordOfMetadata(checked(files.get("PKG-INFO")?.text ?? "", file, name)), isSourceOnly: true };
  } catch {
    signal.throwIfAborted();
    return known;
  }
}

/** @throws Error when the metadata describes another package or version than the file name says */
function checked(text: string, file: IndexFile, name: string): PythonMetadata {
  const metadata = parseMetadata(text);
  const version = metadata && parsePythonVersion(metadata.version);
  const isOfFile = version !== null && comparePythonVersions(version, file.version) === 0;
  if (metadata === null || !isOfFile || normalizeProjectName(metadata.name) !== normalizeProjectName(name))
    throw new Error("a package's metadata is of another package");
  return metadata;
}
