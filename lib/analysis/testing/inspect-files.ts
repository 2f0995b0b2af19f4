import type { PackageRecord } from "../fetch/registries/types.ts";
import { inspect } from "../inspect/inspect.ts";
import type { AnalysisProgress } from "../progress.ts";
import type { AnalysisContext, Draft, Subject } from "../types.ts";
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
  { folder = "", record = null, description = "" }: Options = {},
): Promise<Draft & { steps: AnalysisProgress[] }> {
  const steps: AnalysisProgress[] = [];
  const context: AnalysisContext = {
    gitHub: { apiUrl: "http://127.0.0.1:1", token: null },
    fetch,
    registries: fakeRegistries(known),
    signal: AbortSignal.timeout(120_000),
    report: (event) => steps.push(event),
  };
  const subject: Subject = {
    source: {
      kind: "github",
      canonical: REPOSITORY,
      owner: "acme",
      repository: "thing",
      ref: null,
      subfolder: folder || null,
      revision: "0",
      stars: null,
      license: null,
      avatarUrl: null,
    },
    folder,
    slug: "acme/thing",
    description,
    record,
  };
  return { ...(await inspect(subject, fileSet(files), context)).draft, steps };
}
