/** The language model's providers: two by name, and any other that speaks OpenAI's chat completions API. */
export const PROVIDERS = {
  openrouter: { label: "OpenRouter", baseUrl: "https://openrouter.ai/api/v1", model: "openai/gpt-5-mini" },
  openai: { label: "OpenAI", baseUrl: "https://api.openai.com/v1", model: "gpt-5-mini" },
  compatible: { label: "Another, OpenAI-compatible", baseUrl: "", model: "" },
} as const;

export type LanguageModelProvider = keyof typeof PROVIDERS;

export function isLanguageModelProvider(text: string): text is LanguageModelProvider {
  return Object.hasOwn(PROVIDERS, text);
}
