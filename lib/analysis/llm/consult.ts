import type { FileSet } from "../fetch/files.ts";
import { warning } from "../inputs/findings.ts";
import type { Report } from "../progress.ts";
import type { Seen } from "../scan/seen.ts";
import type { Draft } from "../types.ts";
import { applyAnswer } from "./apply.ts";
import { buildPrompt } from "./prompt.ts";
import type { LanguageModelAccess } from "./types.ts";

export interface ConsultOptions {
  fetch: typeof globalThis.fetch;
  signal: AbortSignal | undefined;
  report: Report;
  /** Keys without which the code fails. */
  demanded: ReadonlySet<string>;
  /** What the scan of the server's own code covered. */
  seen: Seen;
  timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * Lets the configured language model read the files and improve the draft. When the model fails in any way, the draft
 * stays as it is, with a warning. Where none is configured, Settings says so and the draft has no warning.
 *
 * @throws the caller's signal's reason, and nothing else
 */
export async function consultModel(
  draft: Draft,
  files: FileSet,
  access: LanguageModelAccess | null,
  options: ConsultOptions,
): Promise<Draft> {
  const { report } = options;
  if (access === null) {
    report({ step: "model", label: "Asking a language model", status: "skipped", detail: "None is configured" });
    return draft;
  }
  const label = `Asking ${access.model}`;
  report({ step: "model", label, status: "running" });
  // The SDK for language models is half a megabyte of code, which an app without a model never needs.
  const { askModel, describeFailure } = await import("./ask-model.ts");
  const prompt = buildPrompt(draft, files);
  const timeout = AbortSignal.timeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  try {
    const { answer, usage } = await askModel(
      access,
      prompt.text,
      options.fetch,
      options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
    );
    const improved = applyAnswer(draft, answer, files, {
      demanded: options.demanded,
      seen: options.seen,
      paths: prompt.paths,
    });
    report({ step: "model", label, status: "done", detail: `${improved.inputs.length} inputs` });
    return { ...improved, model: access.model, modelUsage: usage };
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason;
    const reason = timeout.aborted ? "took too long" : describeFailure(error);
    report({ step: "model", label, status: "failed", detail: `It ${reason}` });
    return withWarning(
      draft,
      "model_unavailable",
      `The language model ${access.model} ${reason}; everything here comes from the files alone.`,
    );
  }
}

function withWarning(draft: Draft, code: string, message: string): Draft {
  return { ...draft, model: null, warnings: [...draft.warnings, warning(code, message)].slice(-100) };
}
