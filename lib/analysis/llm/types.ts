export interface LanguageModelAccess {
  apiKey: string;
  baseUrl: string;
  model: string;
  /** US dollars for a million tokens, where they are known. */
  price?: { inputUsd: number; outputUsd: number } | undefined;
}
