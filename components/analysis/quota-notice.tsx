import { TriangleAlert } from "lucide-react";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import type { QuotaName, QuotaUse } from "@/lib/settings/quotas";

const NOUNS: Record<QuotaName, [one: string, several: string]> = {
  deployments: ["server", "servers"],
  running: ["running server", "running servers"],
  analyses: ["analysis today", "analyses today"],
};

const WHAT_TO_DO: Record<QuotaName, string> = {
  deployments: "Delete a server that you no longer need",
  running: "Stop a server that you do not need now",
  analyses: "Wait until tomorrow",
};

/** Says on the page for a new deployment what is left of the person's quotas, and which one is used up. Nothing without quotas. */
export function QuotaNotice({ quotas }: { quotas: QuotaUse[] }) {
  const limited = quotas.flatMap(({ name, used, max }) =>
    max === null ? [] : [{ name, max, left: Math.max(0, max - used) }],
  );
  if (limited.length === 0) return null;
  const usedUp = limited.filter(({ left }) => left === 0);
  if (usedUp.length === 0) {
    const parts = limited.map(({ name, left }) => `${left} ${NOUNS[name][left === 1 ? 0 : 1]}`);
    return <p className="text-[0.8125rem] text-muted-foreground">Left of your quotas: {parts.join(", ")}.</p>;
  }
  return usedUp.map(({ name, max }) => (
    <Alert key={name} variant="warning">
      <TriangleAlert aria-hidden="true" />
      <AlertTitle>
        Your quota of {max} {NOUNS[name][max === 1 ? 0 : 1]} is used up
      </AlertTitle>
      <AlertDescription>{WHAT_TO_DO[name]}, or ask the owner of this Catwalk for more.</AlertDescription>
    </Alert>
  ));
}
