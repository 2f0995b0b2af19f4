import { createOpenAI } from "@ai-sdk/openai";
import {
  APICallError,
  extractJsonMiddleware,
  generateText,
  NoObjectGeneratedError,
  NoOutputGeneratedError,
  Output,
  wrapLanguageModel,
} from "ai";
import { z } from "zod";
import type { FileSet } from "../fetch/files.ts";
import { warning } from "../inputs/findings.ts";
import type { Report } from "../progress.ts";
import { type ModelUsage, modelUsageSchema } from "../spec.ts";
import type { Draft } from "../types.ts";
import { answerSchema, type ModelAnswer } from "./answer.ts";
import { applyAnswer } from "./apply.ts";
import { buildPrompt, SYSTEM_INSTRUCTIONS } from "./prompt.ts";

export interface LanguageModelAccess {
  apiKey: string;
  baseUrl: string;
  model: string;
  /** US dollars for a million tokens, where they are known. */
  price?: { inputUsd: number; outputUsd: number } | undefined;
}

export interface ConsultOptions {
  fetch: typeof globalThis.fetch;
  signal: AbortSignal | undefined;
  report: Report;
  /** Keys without which the code fails. */
  demanded: ReadonlySet<string>;
  timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const MAX_OUTPUT_TOKENS = 12_000;
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;

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
  const prompt = buildPrompt(draft, files);
  const timeout = AbortSignal.timeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  try {
    const { answer, usage } = await ask(
      access,
      prompt.text,
      options.fetch,
      options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
    );
    const improved = applyAnswer(draft, answer, files, { demanded: options.demanded, paths: prompt.paths });
    report({ step: "model", label, status: "done", detail: `${improved.inputs.length} inputs` });
    return { ...improved, model: access.model, modelUsage: usage };
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason;
    const reason = timeout.aborted ? "took too long" : reasonOf(error);
    report({ step: "model", label, status: "failed", detail: `It ${reason}` });
    return withWarning(
      draft,
      "model_unavailable",
      `The language model ${access.model} ${reason}; everything here comes from the files alone.`,
    );
  }
}

async function ask(
  access: LanguageModelAccess,
  prompt: string,
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
): Promise<{ answer: ModelAnswer; usage: ModelUsage | null }> {
  const provider = createOpenAI({ baseURL: access.baseUrl, apiKey: access.apiKey, fetch: boundedFetch(fetch) });
  const result = await generateText({
    // Some models wrap JSON in a Markdown fence despite their instructions.
    model: wrapLanguageModel({ model: provider.chat(access.model), middleware: extractJsonMiddleware() }),
    instructions: SYSTEM_INSTRUCTIONS,
    prompt,
    output: Output.object({ schema: answerSchema, name: "analysis" }),
    maxOutputTokens: MAX_OUTPUT_TOKENS,
    maxRetries: 0,
    abortSignal: signal,
    include: { responseBody: true },
  });
  const answer = answerSchema.parse(result.output);
  return { answer, usage: readUsage(result.usage, result.response.body, access) };
}

/** OpenRouter states what an answer cost. */
const statedCostSchema = z.object({ usage: z.object({ cost: z.number().min(0).max(10_000) }) });

function readUsage(
  { inputTokens, outputTokens }: { inputTokens: number | undefined; outputTokens: number | undefined },
  body: unknown,
  { price }: LanguageModelAccess,
): ModelUsage | null {
  if (inputTokens === undefined || outputTokens === undefined) return null;
  const stated = statedCostSchema.safeParse(body);
  const byPrice = price ? (inputTokens * price.inputUsd + outputTokens * price.outputUsd) / 1_000_000 : null;
  const usage = { inputTokens, outputTokens, costUsd: stated.success ? stated.data.usage.cost : byPrice };
  const checked = modelUsageSchema.safeParse(usage);
  return checked.success ? checked.data : null;
}

/** Returns a fetch that sends the key to the configured address only and bounds the answer's size. */
function boundedFetch(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, { ...init, redirect: "error" });
    if (!response.body) return response;
    let bytes = 0;
    const limit = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES) controller.error(new Error("the answer is too large"));
        else controller.enqueue(chunk);
      },
    });
    return new Response(response.body.pipeThrough(limit), {
      status: response.status,
      statusText: response.statusText,
      headers: response.headers,
    });
  };
}

function reasonOf(error: unknown): string {
  if (APICallError.isInstance(error)) {
    if (error.statusCode === 401 || error.statusCode === 403) return "refuses the configured key";
    if (error.statusCode === 404) return "is not known at the configured address";
    if (error.statusCode === 429) return "has no capacity or credit left";
    if (error.statusCode !== undefined && error.statusCode < 300) return "gave an answer that cannot be used";
    return error.statusCode === undefined ? "is out of reach" : `answered with an error (${error.statusCode})`;
  }
  if (NoObjectGeneratedError.isInstance(error) || NoOutputGeneratedError.isInstance(error))
    return "gave an answer that cannot be used";
  return "is out of reach";
}

function withWarning(draft: Draft, code: string, message: string): Draft {
  return { ...draft, model: null, warnings: [...draft.warnings, warning(code, message)].slice(-100) };
}
