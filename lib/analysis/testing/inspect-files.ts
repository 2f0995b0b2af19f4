import type { PackageRecord } from "../fetch/registries/types.ts";
import { inspect } from "../inspect/inspect.ts";
import type { AnalysisProgress } from "../progress.ts";
import type { AnalysisContext, Draft, Inspected, Subject } from "../types.ts";
import { fileSet } from "./files.ts";
import { fakeRegistries } from "./registries.ts";

/** The repository whose files are inspected. */
export const REPOSITORY = "https://github.com/acme/thing";

interface Options {
  folder?: string;
  /** The package's record, where the source is a package. */
  record?: PackageRecord | null;
  /** The repository's description on GitHub. */
  description?: string;
  /** Where GitHub's API is. Nothing answers there unless it is given. */
  gitHubUrl?: string;
}

/**
 * Inspects the files of a made-up repository, "acme/thing".
 *
 * @param files their texts by path
 * @param known packages that the registries have
 */
export async function inspectFiles(
  files: Record<string, string>,
  known: Parameters<typeof fakeRegistries>[0] = {},
  options: Options = {},
): Promise<Draft & { steps: AnalysisProgress[] }> {
  const { inspected, steps } = await inspectRepository("acme/thing", files, known, options);
  return { ...inspected.draft, steps };
}

/** Inspects the files of a made-up repository of any "owner/name". */
export async function inspectRepository(
  slug: string,
  files: Record<string, string>,
  known: Parameters<typeof fakeRegistries>[0] = {},
  { folder = "", record = null, description = "", gitHubUrl = "http://127.0.0.1:1" }: Options = {},
): Promise<{ inspected: Inspected; steps: AnalysisProgress[] }> {
  const [owner = "", repository = ""] = slug.split("/");
  const steps: AnalysisProgress[] = [];
  const context: AnalysisContext = {
    gitHub: { apiUrl: gitHubUrl, token: null },
    fetch,
    registries: fakeRegistries(known),
    signal: AbortSignal.timeout(120_000),
    report: (event) => steps.push(event),
  };
  const subject: Subject = {
    source: {
      kind: "github",
      canonical: `https://github.com/${slug}`,
      owner,
      repository,
      ref: null,
      subfolder: folder || null,
      revision: "0",
      stars: null,
      license: null,
      avatarUrl: null,
    },
    folder,
    slug,
    description,
    record,
  };
  return { inspected: await inspect(subject, fileSet(files), context), steps };
}
