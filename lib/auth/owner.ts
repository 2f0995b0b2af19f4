import { env } from "../env/env.ts";
import { AppError } from "../errors/app-error.ts";
import { createOwner, emailSchema, hasAccounts } from "./accounts.ts";

/**
 * Creates the owner's account from `OWNER_EMAIL` and `OWNER_PASSWORD` when both are set and no account exists. Every instance
 * calls it at boot.
 *
 * @returns whether this call created the account
 * @throws AppError `misconfigured` when one of the two is missing or unfit; it names the variable, never its value
 */
export async function ensureOwner(): Promise<boolean> {
  const { OWNER_EMAIL, OWNER_PASSWORD } = env();
  if (OWNER_EMAIL === undefined && OWNER_PASSWORD === undefined) return false;
  if (await hasAccounts()) return false;
  if (OWNER_EMAIL === undefined || OWNER_PASSWORD === undefined) {
    const missing = OWNER_EMAIL === undefined ? "OWNER_EMAIL" : "OWNER_PASSWORD";
    throw new AppError("misconfigured", `${missing} is missing: the first account needs both.`);
  }
  const email = emailSchema.safeParse(OWNER_EMAIL);
  if (!email.success) throw new AppError("misconfigured", "OWNER_EMAIL is not an e-mail address.");
  try {
    return (await createOwner({ email: email.data, name: null, password: OWNER_PASSWORD })) !== null;
  } catch (thrown) {
    const problem = thrown instanceof AppError ? thrown.fields?.password : undefined;
    if (problem) throw new AppError("misconfigured", `OWNER_PASSWORD does not suffice. ${problem}`);
    throw thrown;
  }
}
