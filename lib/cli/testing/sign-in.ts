/**
 * Signs in to a running Catwalk as the sign-in page does.
 *
 * @returns the session's cookies, as a header has them
 */
export async function signInOverHttp(
  url: string,
  { email, password }: { email: string; password: string },
): Promise<string> {
  const csrf = await fetch(`${url}/api/auth/csrf`);
  const cookies = csrf.headers.getSetCookie();
  const { csrfToken }: { csrfToken: string } = await csrf.json();
  const answer = await fetch(`${url}/api/auth/callback/credentials`, {
    method: "POST",
    redirect: "manual",
    headers: { cookie: toPairs(cookies), origin: url, "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ csrfToken, email, password, json: "true" }),
  });
  const session = answer.headers.getSetCookie();
  if (!session.some((text) => /session-token/.test(text)))
    throw new Error(`Signing in: ${answer.status} ${await answer.text()}`);
  return toPairs([...cookies, ...session]);
}

function toPairs(cookies: readonly string[]): string {
  return cookies.map((cookie) => cookie.split(";")[0]).join("; ");
}
