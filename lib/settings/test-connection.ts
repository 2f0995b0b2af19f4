import { createOpenAI } from "@ai-sdk/openai";
import { APICallError, generateText } from "ai";
import { z } from "zod";
import { requireAdmin, type SessionUser } from "../auth/user.ts";
import { AppError } from "../errors/app-error.ts";
import { loadGitHubSettings } from "./github.ts";
import { loadLanguageModelSettings } from "./language-model.ts";

const MODEL_TIMEOUT_MS = 30_000;
const GITHUB_TIMEOUT_MS = 10_000;

/** The result of a test, with a sentence for the person. */
export interface TestResult {
  ok: boolean;
  message: string;
}

/**
 * Sends the language model one short prompt, as the analysis would.
 *
 * @throws AppError `forbidden`, `conflict` when none is configured
 */
export async function testLanguageModel(user: SessionUser): Promise<TestResult> {
  requireAdmin(user);
  const settings = await loadLanguageModelSettings();
  if (!settings) throw new AppError("conflict", "No language model is set up yet.");
  const { apiKey, baseUrl, model } = settings;
  const host = new URL(baseUrl).host;
  try {
    await generateText({
      model: createOpenAI({ apiKey, baseURL: baseUrl }).chat(model),
      prompt: "Answer with the word: ready",
      // Reasoning models spend tokens before they answer.
      maxOutputTokens: 256,
      maxRetries: 0,
      abortSignal: AbortSignal.timeout(MODEL_TIMEOUT_MS),
    });
    return { ok: true, message: `${model} answered through ${host}.` };
  } catch (thrown) {
    return { ok: false, message: explainModelError(thrown, host, model) };
  }
}

function explainModelError(thrown: unknown, host: string, model: string): string {
  if (thrown instanceof Error && thrown.name === "TimeoutError") {
    return `${host} did not answer within ${MODEL_TIMEOUT_MS / 1_000} seconds.`;
  }
  const isAnswered = !APICallError.isInstance(thrown) || thrown.statusCode === 200;
  if (isAnswered) return `${host} answered with something other than a completion. Is the base URL right?`;
  switch (thrown.statusCode) {
    case undefined:
      return `${host} cannot be reached.`;
    case 401:
    case 403:
      return `${host} refused the key.`;
    case 402:
      return `${host} says that the account has no credit left.`;
    case 404:
      return `${host} has no model ${model}, or nothing at this base URL.`;
    case 429:
      return `${host} says that its rate limit or quota is used up.`;
    default:
      return `${host} answered with the status ${thrown.statusCode}.`;
  }
}

/** The result of a test of GitHub. */
export interface GitHubTestResult extends TestResult {
  /** The requests that are left this hour; null when GitHub does not say. */
  remaining: number | null;
}

const rateLimitSchema = z.object({
  resources: z.object({ core: z.object({ limit: z.number(), remaining: z.number() }) }),
});

/**
 * Asks GitHub how many requests are left. The question does not count as one.
 *
 * @throws AppError `forbidden`
 */
export async function testGitHub(user: SessionUser): Promise<GitHubTestResult> {
  requireAdmin(user);
  const { apiUrl, token } = await loadGitHubSettings();
  const { host } = new URL(apiUrl);
  let response: Response;
  try {
    response = await fetch(`${apiUrl}/rate_limit`, {
      headers: {
        accept: "application/vnd.github+json",
        "user-agent": "catwalk",
        ...(token && { authorization: `Bearer ${token}` }),
      },
      redirect: "error",
      signal: AbortSignal.timeout(GITHUB_TIMEOUT_MS),
    });
  } catch {
    return { ok: false, remaining: null, message: `${host} cannot be reached.` };
  }
  if (response.status === 401) return { ok: false, remaining: null, message: `${host} does not accept the token.` };
  if (!response.ok)
    return { ok: false, remaining: null, message: `${host} answered with the status ${response.status}.` };
  const limits = rateLimitSchema.safeParse(await response.json().catch(() => null));
  if (!limits.success)
    return { ok: false, remaining: null, message: `${host} answered with something other than GitHub's API.` };
  const { limit, remaining } = limits.data.resources.core;
  const how = token ? "accepts the token" : "answers without a token";
  return { ok: true, remaining, message: `${host} ${how}: ${remaining} of ${limit} requests are left this hour.` };
}
