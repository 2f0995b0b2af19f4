import type { SetupCheck } from "./check.ts";
import { createCronCheck } from "./cron.ts";
import { databaseCheck } from "./database.ts";
import { gitHubCheck } from "./github.ts";
import { keysCheck } from "./keys.ts";
import { languageModelCheck } from "./language-model.ts";
import { imageCheck, machinesCheck } from "./machines.ts";

/** Every check that this host calls for, in the order in which a person puts things right. */
export function listSetupChecks(): SetupCheck[] {
  const cron = createCronCheck();
  return [
    databaseCheck,
    keysCheck,
    ...(cron ? [cron] : []),
    machinesCheck,
    imageCheck,
    gitHubCheck,
    languageModelCheck,
  ];
}

/** Those without which nothing can be deployed, and which cost nobody money: for a look in passing. */
export function listEssentialChecks(): SetupCheck[] {
  return listSetupChecks().filter((check) => check !== languageModelCheck && check !== gitHubCheck);
}
