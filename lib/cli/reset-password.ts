import { createPasswordReset } from "../auth/password-reset.ts";
import { env } from "../env/env.ts";
import { StartError } from "../errors/start-error.ts";
import { runCommand } from "./command.ts";

// `npm run reset-password -- EMAIL` makes a link that gives an account a new password and prints it alone on the last line.
await runCommand(async () => {
  const [email, ...rest] = process.argv.slice(2);
  if (!email || rest.length > 0) throw new StartError("Say for whom: npm run reset-password -- EMAIL");
  const { url } = await createPasswordReset(email);
  console.log("Whoever opens this link within an hour chooses the account's new password. It works once.");
  // Where Catwalk runs behind another address this process has no way to know it.
  if (new URL(env().publicUrl).hostname === "localhost")
    console.log("If you reach Catwalk at another address or port, put that in front of the path.");
  console.log(url);
});
