import { z } from "zod";
import { type IndexAddress, indexAddress } from "./fetch/registries/index-address.ts";
import { normalizeProjectName } from "./fetch/registries/index-page.ts";
import { getFromIndex } from "./fetch/registries/index-request.ts";
import { indexOfThisHost } from "./fetch/registries/index-setting.ts";
import { comparePythonVersions, parsePythonVersion } from "./fetch/registries/python-version.ts";

const TIMEOUT_MS = 20_000;
const MAX_PAGE_BYTES = 24 * 1024 * 1024;
const JSON_TYPE = "application/vnd.pypi.simple.v1+json";

const pageSchema = z.object({
  files: z.array(
    z.object({ filename: z.string(), "upload-time": z.string().optional().catch(undefined) }).or(z.unknown()),
  ),
});
const fileSchema = z.object({ filename: z.string(), "upload-time": z.iso.datetime() });

/**
 * Finds when a version of a PyPI package was published, from the index's own page (PEP 700). Returns null when the index does not
 * say, cannot be reached or is not known.
 */
export async function findReleaseDate(name: string, version: string): Promise<Date | null> {
  const wanted = parsePythonVersion(version);
  if (wanted === null) return null;
  try {
    const index = await findIndex();
    if (index === null) return null;
    const project = normalizeProjectName(name);
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const url = new URL(`${encodeURIComponent(project)}/`, index.url);
    const page = await getFromIndex(index, url, { accept: JSON_TYPE, maxBytes: MAX_PAGE_BYTES, signal });
    if (page === null) return null;
    const { files } = pageSchema.parse(JSON.parse(new TextDecoder().decode(page.bytes)));
    const times = files.flatMap((listed) => {
      const file = fileSchema.safeParse(listed).data;
      if (!file) return [];
      const own = parsePythonVersion(readVersion(file.filename, project));
      return own !== null && comparePythonVersions(own, wanted) === 0 ? [Date.parse(file["upload-time"])] : [];
    });
    return times.length === 0 ? null : new Date(Math.max(...times));
  } catch {
    return null;
  }
}

async function findIndex(): Promise<IndexAddress | null> {
  const known = await indexAddress(process.env);
  if (known !== null) return known;
  const url = await indexOfThisHost(process.env);
  return url === null ? null : await indexAddress({ ...process.env, PIP_INDEX_URL: url });
}

/** Returns the version in a file's name, or "" where it is of another project. */
function readVersion(filename: string, project: string): string {
  if (filename.endsWith(".whl")) return filename.split("-")[1] ?? "";
  const stem = filename.replace(/\.(?:tar\.gz|zip)$/, "");
  return normalizeProjectName(stem.slice(0, project.length)) === project ? stem.slice(project.length + 1) : "";
}
