import { recordChange } from "../admin-log/record.ts";
import { rotateKeys } from "../crypto/rotate.ts";
import { db } from "../db/client.ts";
import { StartError } from "../errors/start-error.ts";
import { runCommand } from "./command.ts";

// `npm run rotate-keys` encrypts every secret with the first key of ENCRYPTION_KEY, so that the others can be removed.
await runCommand(async () => {
  const { rotated, current, unopened } = await rotateKeys();
  const summary = `Encrypted ${rotated} values again with the first encryption key.`;
  await recordChange(db(), { action: "settings.keys-rotated", userId: null, summary });
  console.log(`Encrypted again with the first key: ${rotated}. Encrypted with it already: ${current}.`);
  for (const name of unopened) console.log(`No configured key opens this: ${name}`);
  if (unopened.length > 0) {
    throw new StartError(
      `${unopened.length} of the values stay as they are. Add the key they were encrypted with to ENCRYPTION_KEY, after the ` +
        "first one, and repeat this; or enter the values again on the deployment's page.",
    );
  }
  console.log("The keys after the first can be removed from ENCRYPTION_KEY.");
});
