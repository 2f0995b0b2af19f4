import type { QuotaName } from "@/lib/settings/quotas";

/** Labels of the quotas, for pages and forms. */
export const QUOTA_LABELS: Record<QuotaName, string> = {
  deployments: "Servers",
  running: "Running servers",
  analyses: "Analyses a day",
};
