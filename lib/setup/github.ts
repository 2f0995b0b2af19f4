import { viewGitHub } from "../settings/github.ts";
import { testGitHub } from "../settings/test-connection.ts";
import { type CheckResult, CONNECTIONS_PAGE, type SetupCheck } from "./check.ts";

/** Checks that GitHub answers, accepts the token, and has requests left. */
export const gitHubCheck: SetupCheck = {
  id: "github",
  title: "GitHub",
  timeoutMs: 12_000,
  async run(user): Promise<CheckResult> {
    const [{ token }, { ok, message, remaining }] = await Promise.all([viewGitHub(user), testGitHub(user)]);
    const makeToken = "A fine-grained token with read access to contents raises the limit to 5,000 an hour.";
    if (!ok) {
      const todo =
        token.origin === "environment"
          ? "Correct GITHUB_TOKEN and GITHUB_API_URL, and make sure that this host reaches GitHub."
          : token.origin === "settings"
            ? "Enter another token, and make sure that this host reaches GitHub."
            : "Make sure that this host reaches GitHub. Packages can be deployed meanwhile.";
      return { state: "bad", message, todo, page: CONNECTIONS_PAGE };
    }
    if (remaining === 0) {
      const todo = token.origin === "none" ? makeToken : "It begins anew within the hour.";
      return { state: "bad", message, todo, page: CONNECTIONS_PAGE };
    }
    if (token.origin === "none") return { state: "optional", message, todo: makeToken, page: CONNECTIONS_PAGE };
    return { state: "good", message, todo: null };
  },
};
