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
import { type ModelUsage, modelUsageSchema } from "../spec.ts";
import { answerSchema, type ModelAnswer } from "./answer.ts";
import { SYSTEM_INSTRUCTIONS } from "./prompt.ts";
import type { LanguageModelAccess } from "./types.ts";

const MAX_OUTPUT_TOKENS = 12_000;
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;

/**
 * Asks a language model once.
 *
 * @throws what the SDK throws, which `describeFailure` puts into words
 */
export async function askModel(
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

/** Returns why a language model gave no answer, as the rest of a sentence that begins with its name. */
export function describeFailure(error: unknown): string {
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
