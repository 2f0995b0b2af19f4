import { env } from "../env/env.ts";
import type { CheckResult, SetupCheck } from "./check.ts";

/** Creates the check of Vercel's cron, which advances deployments where no process outlives a request. Null elsewhere. */
export function createCronCheck(): SetupCheck | null {
  if (!env().onVercel) return null;
  return {
    id: "cron",
    title: "Cron",
    timeoutMs: 1_000,
    async run(): Promise<CheckResult> {
      if (!env().CRON_SECRET) {
        return {
          state: "bad",
          message: "CRON_SECRET is not set: Vercel’s cron calls are refused.",
          todo: "Set CRON_SECRET in the project’s environment variables to the output of this command, and deploy again.",
          command: "openssl rand -hex 32",
        };
      }
      return {
        state: "good",
        message: "CRON_SECRET is set: Vercel’s cron looks after deployments that nobody has open.",
        todo: "The Vercel project lists its runs under Settings → Cron Jobs. Once a day is all that the Hobby plan allows.",
      };
    },
  };
}
