import { createApiToken } from "../auth/api-tokens.ts";
import { normalizeEmail } from "../auth/user.ts";
import { db } from "../db/client.ts";
import { StartError } from "../errors/start-error.ts";
import { runCommand } from "./command.ts";

// `npm run token -- EMAIL` creates a personal API token for an account and prints it alone on the last line.
await runCommand(async () => {
  const [email, ...rest] = process.argv.slice(2);
  if (!email || rest.length > 0) throw new StartError("Say for whom: npm run token -- EMAIL");
  const user = await db().user.findUnique({ where: { email: normalizeEmail(email) }, select: { id: true } });
  if (!user) throw new StartError(`There is no account with the e-mail address ${email}.`);
  const { token } = await createApiToken(user.id, "Made on the command line");
  console.log(token);
});
