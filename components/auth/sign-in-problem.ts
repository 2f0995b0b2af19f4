import type { SignInResponse } from "next-auth/react";

export interface SignInProblem {
  message: string;
  /** Whether the password is what is wrong, as opposed to the moment. */
  field: boolean;
}

/** Runs a sign-in through next-auth and says in a sentence why it did not work; null when it did. */
export async function signInProblem(attempt: () => Promise<SignInResponse | undefined>): Promise<SignInProblem | null> {
  let answer: SignInResponse | undefined;
  try {
    answer = await attempt();
  } catch {
    return { field: false, message: "Catwalk did not answer. Check your connection and try again." };
  }
  if (answer?.ok && !answer.error) return null;
  // lib/auth/options.ts sends the code of an error and what to do next, with a colon between.
  const [code, hint = ""] = /^(\w+):(.*)$/s.exec(answer?.error ?? "")?.slice(1) ?? [answer?.error];
  switch (code) {
    case "CredentialsSignin":
      return { field: true, message: "E-mail address or password is wrong." };
    case "rate_limited":
      return { field: false, message: `Too many attempts to sign in. ${hint}` };
    case "database_unavailable":
      return { field: false, message: "Catwalk cannot reach its database right now. Try again in a moment." };
    default:
      return { field: false, message: "Signing in did not work. Try again; if it stays, the server's log says more." };
  }
}
