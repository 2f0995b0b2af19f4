import type { SetupCheck } from "./check.ts";
import { createCronCheck } from "./cron.ts";
import { databaseCheck } from "./database.ts";
import { gitHubCheck } from "./github.ts";
import { keysCheck } from "./keys.ts";
import { languageModelCheck } from "./language-model.ts";
import { imageCheck, machinesCheck } from "./machines.ts";

/** Lists the checks that apply to this host, in the order in which a person fixes things. */
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

/** Lists the free checks of what every deployment needs. Other pages run them in passing. */
export function listEssentialChecks(): SetupCheck[] {
  return listSetupChecks().filter((check) => check !== languageModelCheck && check !== gitHubCheck);
}
