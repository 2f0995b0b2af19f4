import { loadGitHubSettings } from "../settings/github.ts";
import { loadLanguageModelSettings } from "../settings/language-model.ts";
import { consultModel } from "./llm/consult.ts";
import { toFileSet } from "./llm/prompt.ts";
import { findLocated, forgetLocated, keepLocated, noteAsked } from "./located.ts";
import type { ReadTask } from "./process/analysis-process.ts";
import type { ReadReply } from "./process/messages.ts";
import { readInProcess } from "./process/process-pool.ts";
import type { AnalysisProgress, Report } from "./progress.ts";
import { countAnalysis } from "./rate-limit.ts";
import type { Seen } from "./scan/seen.ts";
import { parseSource } from "./source.ts";
import type { Analysis, FreshAnalysis, GitHubLimit } from "./spec.ts";
import { findCached, storeAnalysis } from "./store.ts";
import type { Draft } from "./types.ts";

export { closeAnalysis, warmAnalysis } from "./process/process-pool.ts";
export { getAnalysis } from "./store.ts";

const READ_TIMEOUT_MS = 15_000;

export interface AnalyzeOptions {
  signal?: AbortSignal;
  onProgress?: (event: AnalysisProgress) => void;
  /** Ignores the stored result of this revision and reads everything again. */
  fresh?: boolean;
}

/**
 * Reads a source, works out how its server runs and what it needs, and stores the result for its owner. A source
 * without a deployable server is a result too: its `kind` says so. A process of its own does the reading, since the
 * source's files may be hostile.
 *
 * @param source what the person pasted
 * @throws AppError rate_limited, invalid_source, source_not_found, source_unreadable, upstream_unavailable,
 *   upstream_rate_limited; the signal's reason
 */
export async function analyze(userId: string, source: string, options: AnalyzeOptions = {}): Promise<FreshAnalysis> {
  const parsed = parseSource(source);
  await countAnalysis(userId);
  const { signal } = options;
  const report: Report = options.onProgress ?? (() => undefined);
  const [gitHub, languageModel] = await Promise.all([loadGitHubSettings(), loadLanguageModelSettings()]);
  const model = languageModel?.model ?? null;
  let limit: GitHubLimit | null = null;
  const store = async (draft: Draft, usedModel = model): Promise<FreshAnalysis> => {
    const analysis = await storeAnalysis(userId, draft, usedModel);
    return limit === null ? analysis : { ...analysis, gitHub: limit };
  };
  const findKnown = async (found: Analysis["source"] | null): Promise<Draft | null> => {
    if (options.fresh || found === null) return null;
    const cached = await findCached(found.canonical, found.revision ?? "", model);
    if (cached) {
      const detail = `Revision ${(found.revision ?? "").slice(0, 12)}`;
      report({ step: "cache", label: "Known from before", status: "done", detail });
    }
    return cached;
  };

  const found = findLocated(parsed, gitHub);
  let known = await findKnown(found?.source ?? null);
  const request = { source: parsed, gitHub, wantsExcerpts: languageModel !== null };
  if (known) {
    if (!found?.isFresh) void locateAgain(userId, request);
    return await store(known);
  }
  const read = await readInProcess(userId, {
    request,
    signal,
    report,
    decide: async (located) => {
      limit = located.limit;
      keepLocated(parsed, gitHub, located.source);
      known = await findKnown(located.source);
      return known === null;
    },
    timeoutMs: READ_TIMEOUT_MS,
  });
  if (read === null) {
    if (known === null) throw new Error("the process that reads sources returned nothing");
    return await store(known);
  }
  limit = read.limit;
  const { draft } = read;
  const isServer = draft.kind === "stdio" || draft.kind === "source-only";
  if (!isServer) return await store(draft);
  const consult = {
    fetch: globalThis.fetch,
    signal,
    report,
    demanded: new Set(read.demanded),
    seen: toSeen(read.seen),
  };
  const improved = await consultModel(draft, toFileSet(read.excerpts), languageModel, consult);
  return await store(improved, improved.model);
}

/**
 * Asks the upstream where a source is now, after a result from before was returned, so that the next look at it sees a new revision.
 * A source that is no longer there is forgotten.
 */
async function locateAgain(userId: string, request: ReadTask["request"]): Promise<void> {
  const { source, gitHub } = request;
  noteAsked(source, gitHub);
  try {
    await readInProcess(userId, {
      request,
      signal: undefined,
      report: () => undefined,
      decide: async (located) => {
        keepLocated(source, gitHub, located.source);
        return false;
      },
      timeoutMs: READ_TIMEOUT_MS,
    });
  } catch {
    forgetLocated(source, gitHub);
  }
}

function toSeen({ paths, keys, used, bare }: ReadReply["seen"]): Seen {
  return { paths: new Set(paths), keys: new Set(keys), used: new Set(used), bare: new Set(bare) };
}
