import { z } from "zod";
import { requireAdmin, requireOwner, type SessionUser } from "../auth/user.ts";
import { type Env, env } from "../env/env.ts";
import { AppError } from "../errors/app-error.ts";
import { isLanguageModelProvider, type LanguageModelProvider, PROVIDERS } from "./providers.ts";
import { getSettings, getSettingTimes, type SettingKey, setSettings } from "./settings.ts";

/** The settings for a language model behind OpenAI's chat completions API. */
export interface LanguageModelSettings {
  apiKey: string;
  /** Without a slash at its end. */
  baseUrl: string;
  model: string;
  /** US dollars for a million tokens, where the operator has set them. */
  price?: { inputUsd: number; outputUsd: number } | undefined;
}

/** The origin of a value. The pages cannot change a value of the environment. */
export type Origin = "environment" | "settings" | "default" | "none";

/** The language model as the settings page shows it, without its key. Times are ISO 8601. */
export interface LanguageModelView {
  provider: LanguageModelProvider;
  key: { origin: Origin; updatedAt: string | null };
  baseUrl: { origin: Origin; value: string };
  model: { origin: Origin; value: string };
}

const SETTING_KEYS = [
  "language_model_provider",
  "language_model_api_key",
  "language_model_base_url",
  "language_model_name",
] as const satisfies readonly SettingKey[];

/**
 * Loads the language model of the analysis. The environment takes precedence over the settings page.
 *
 * @returns null when no key is set, or no model for a provider without a default
 * @throws AppError `encryption_key_missing` when no configured key decrypts the stored one
 */
export async function loadLanguageModelSettings(): Promise<LanguageModelSettings | null> {
  const fromEnvironment = findEnvironmentKey(env());
  const wanted: readonly SettingKey[] = fromEnvironment ? ["language_model_name"] : SETTING_KEYS;
  const stored = await getSettings(wanted);
  const provider = fromEnvironment?.provider ?? readProvider(stored.language_model_provider);
  const apiKey = fromEnvironment?.apiKey ?? stored.language_model_api_key;
  const baseUrl = resolveBaseUrl(env(), provider, stored.language_model_base_url).value;
  const model = resolveModel(env(), provider, stored.language_model_name).value;
  const price = env().ANALYSIS_MODEL_PRICE;
  return apiKey && baseUrl && model ? { apiKey, baseUrl, model, ...(price && { price }) } : null;
}

/** @throws AppError `forbidden` */
export async function viewLanguageModel(user: SessionUser): Promise<LanguageModelView> {
  requireAdmin(user);
  const fromEnvironment = findEnvironmentKey(env());
  const [stored, times] = await Promise.all([
    getSettings(["language_model_provider", "language_model_base_url", "language_model_name"]),
    getSettingTimes(["language_model_api_key"]),
  ]);
  const provider = fromEnvironment?.provider ?? readProvider(stored.language_model_provider);
  const setAt = times.language_model_api_key;
  return {
    provider,
    key: fromEnvironment
      ? { origin: "environment", updatedAt: null }
      : { origin: setAt ? "settings" : "none", updatedAt: setAt?.toISOString() ?? null },
    baseUrl: resolveBaseUrl(env(), provider, fromEnvironment ? undefined : stored.language_model_base_url),
    model: resolveModel(env(), provider, stored.language_model_name),
  };
}

/** The language model's form. An empty key keeps the stored one. */
export const languageModelSchema = z
  .object({
    provider: z.enum(["openrouter", "openai", "compatible"]),
    apiKey: z
      .string()
      .trim()
      .max(1_000, "This key is too long.")
      .regex(/^[\x21-\x7e]*$/, "A key has no spaces and only plain characters."),
    baseUrl: z.string().trim().max(500, "This URL is too long."),
    model: z.string().trim().max(200, "This name is too long."),
  })
  .superRefine((value, context) => {
    if (value.provider !== "compatible") return;
    const issue = (path: string, message: string) => void context.addIssue({ code: "custom", path: [path], message });
    if (!z.url({ protocol: /^https?$/ }).safeParse(value.baseUrl).success)
      issue("baseUrl", "Enter a full URL such as https://llm.example.com/v1.");
    if (!value.model) issue("model", "Enter the name of a model that this server has.");
  });

/**
 * Saves the language model's settings. A key is sent only to the address that it was entered for, so that another provider or
 * address needs its own key. With a key in the environment only the model can be changed.
 *
 * @throws AppError `forbidden`, `invalid_request` with the field `apiKey`
 */
export async function saveLanguageModel(user: SessionUser, input: z.output<typeof languageModelSchema>): Promise<void> {
  requireOwner(user);
  if (findEnvironmentKey(env())) {
    await setSettings({ language_model_name: input.model || null });
    return;
  }
  const stored = await getSettings(["language_model_provider", "language_model_base_url"]);
  const baseUrl = input.provider === "compatible" ? input.baseUrl.replace(/(?<!\/)\/+$/, "") : null;
  if (!input.apiKey) {
    const hasKey = (await getSettingTimes(["language_model_api_key"])).language_model_api_key !== undefined;
    const isSamePlace =
      readProvider(stored.language_model_provider) === input.provider &&
      (stored.language_model_base_url ?? null) === baseUrl;
    if (!hasKey || !isSamePlace) {
      const message = hasKey ? "Another address needs a key of its own." : "Enter the key.";
      throw new AppError("invalid_request", message, { fields: { apiKey: message } });
    }
  }
  await setSettings({
    language_model_provider: input.provider,
    language_model_base_url: baseUrl,
    language_model_name: input.model || null,
    ...(input.apiKey && { language_model_api_key: input.apiKey }),
  });
}

/** @throws AppError `forbidden` */
export async function removeLanguageModel(user: SessionUser): Promise<void> {
  requireOwner(user);
  await setSettings(Object.fromEntries(SETTING_KEYS.map((key) => [key, null])));
}

/** Finds the environment's key. With OPENAI_BASE_URL it is OPENAI_API_KEY; otherwise OpenRouter's key comes first. */
function findEnvironmentKey(settings: Env): { provider: LanguageModelProvider; apiKey: string } | null {
  const { OPENROUTER_API_KEY, OPENAI_API_KEY, OPENAI_BASE_URL } = settings;
  if (OPENAI_API_KEY && OPENAI_BASE_URL) return { provider: "compatible", apiKey: OPENAI_API_KEY };
  if (OPENROUTER_API_KEY) return { provider: "openrouter", apiKey: OPENROUTER_API_KEY };
  if (OPENAI_API_KEY) return { provider: "openai", apiKey: OPENAI_API_KEY };
  return null;
}

function readProvider(stored: string | undefined): LanguageModelProvider {
  return stored && isLanguageModelProvider(stored) ? stored : "openrouter";
}

function resolveBaseUrl(settings: Env, provider: LanguageModelProvider, stored: string | undefined) {
  if (settings.OPENAI_BASE_URL) return { origin: "environment" as const, value: settings.OPENAI_BASE_URL };
  if (provider === "compatible" && stored) return { origin: "settings" as const, value: stored };
  return { origin: "default" as const, value: PROVIDERS[provider].baseUrl };
}

function resolveModel(settings: Env, provider: LanguageModelProvider, stored: string | undefined) {
  if (settings.ANALYSIS_MODEL) return { origin: "environment" as const, value: settings.ANALYSIS_MODEL };
  if (stored) return { origin: "settings" as const, value: stored };
  return { origin: "default" as const, value: PROVIDERS[provider].model };
}
