import { AppError } from "../errors/app-error.ts";
import { loadGitHubSettings } from "../settings/github.ts";
import { loadLanguageModelSettings } from "../settings/language-model.ts";
import { locate } from "./fetch/locate.ts";
import { npmClient } from "./fetch/registries/npm.ts";
import { pypiClient } from "./fetch/registries/pypi.ts";
import { inspect } from "./inspect/inspect.ts";
import { consultModel } from "./llm/consult.ts";
import type { AnalysisProgress, Report } from "./progress.ts";
import { countAnalysis } from "./rate-limit.ts";
import { parseSource } from "./source.ts";
import type { Analysis } from "./spec.ts";
import { findCached, storeAnalysis } from "./store.ts";
import type { AnalysisContext } from "./types.ts";

export { getAnalysis } from "./store.ts";

const READ_TIMEOUT_MS = 30_000;

export interface AnalyzeOptions {
  signal?: AbortSignal;
  onProgress?: (event: AnalysisProgress) => void;
  /** Ignores the stored result of this revision and reads everything again. */
  fresh?: boolean;
}

/**
 * Reads a source, works out how its server runs and what it needs, and stores the result for its owner. A source
 * without a deployable server is a result too: its `kind` says so.
 *
 * @param source what the person pasted
 * @throws AppError rate_limited, invalid_source, source_not_found, upstream_unavailable, upstream_rate_limited; the
 *   signal's reason
 */
export async function analyze(userId: string, source: string, options: AnalyzeOptions = {}): Promise<Analysis> {
  const parsed = parseSource(source);
  await countAnalysis(userId);
  const report: Report = options.onProgress ?? (() => undefined);
  const timeout = AbortSignal.timeout(READ_TIMEOUT_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  try {
    const [gitHub, languageModel] = await Promise.all([loadGitHubSettings(), loadLanguageModelSettings()]);
    const context: AnalysisContext = {
      gitHub,
      fetch: globalThis.fetch,
      registries: { npm: npmClient(), pypi: pypiClient() },
      signal,
      report,
    };
    const located = await locate(parsed, context);
    const { canonical, revision } = located.source;
    const cached = options.fresh ? null : await findCached(canonical, revision ?? "", languageModel?.model ?? null);
    if (cached) {
      report({
        step: "cache",
        label: "Known from before",
        status: "done",
        detail: `Revision ${(revision ?? "").slice(0, 12)}`,
      });
      return await storeAnalysis(userId, cached, languageModel?.model ?? null);
    }
    const { subject, files } = await located.read();
    const { draft, demanded } = await inspect(subject, files, context);
    const isServer = draft.kind === "stdio" || draft.kind === "source-only";
    if (!isServer) return await storeAnalysis(userId, draft, languageModel?.model ?? null);
    const consult = { fetch: globalThis.fetch, signal: options.signal, report, demanded };
    const improved = await consultModel(draft, files, languageModel, consult);
    return await storeAnalysis(userId, improved, improved.model);
  } catch (error) {
    if (timeout.aborted && !options.signal?.aborted && !(error instanceof AppError)) {
      throw new AppError("upstream_unavailable", "Reading the source took longer than 30 seconds.", {
        hint: "Try again; a folder's URL (/tree/BRANCH/FOLDER) is read faster.",
        cause: error,
      });
    }
    throw error;
  }
}
