import { createPasswordReset } from "../auth/password-reset.ts";
import { env } from "../env/env.ts";
import { StartError } from "../errors/start-error.ts";
import { runCommand } from "./command.ts";

// `npm run reset-password -- EMAIL` creates a link to set an account's password, and prints it alone on the last line.
await runCommand(async () => {
  const [email, ...rest] = process.argv.slice(2);
  if (!email || rest.length > 0) throw new StartError("Say for whom: npm run reset-password -- EMAIL");
  const { url } = await createPasswordReset(email);
  console.log(
    "Open this link within an hour to choose the account's new password. It works once, for anyone who has it.",
  );
  // This process cannot know under which address a running Catwalk is reached.
  if (new URL(env().publicUrl).hostname === "localhost")
    console.log("If you reach Catwalk at another address or port, put that in front of the path.");
  console.log(url);
});
