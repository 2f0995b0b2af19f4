import type { QuotaName } from "@/lib/settings/quotas";

/** What each quota counts, for pages and forms. */
export const QUOTA_LABELS: Record<QuotaName, string> = {
  deployments: "Servers",
  running: "Running servers",
  analyses: "Analyses a day",
};
