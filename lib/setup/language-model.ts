import { viewLanguageModel } from "../settings/language-model.ts";
import { testLanguageModel } from "../settings/test-connection.ts";
import { type CheckResult, CONNECTIONS_PAGE, type SetupCheck } from "./check.ts";

/** Checks that the language model answers a short prompt. The analysis works without one. */
export const languageModelCheck: SetupCheck = {
  id: "language-model",
  title: "Language model",
  timeoutMs: 20_000,
  async run(user): Promise<CheckResult> {
    const view = await viewLanguageModel(user);
    if (view.key.origin === "none") {
      return {
        state: "optional",
        message: "None is set up: repositories are read by their declarations and code alone.",
        todo: "With a key of OpenRouter or OpenAI the analysis finds more and explains it better.",
        page: CONNECTIONS_PAGE,
      };
    }
    const { ok, message } = await testLanguageModel(user);
    if (ok) return { state: "good", message, todo: null };
    const todo =
      view.key.origin === "environment"
        ? "Correct OPENROUTER_API_KEY, OPENAI_API_KEY, OPENAI_BASE_URL or ANALYSIS_MODEL, and start again."
        : "Enter another key, model or base URL. Until then the analysis goes by declarations and code alone.";
    return { state: "bad", message, todo, page: CONNECTIONS_PAGE };
  },
};
