import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import type { QuotaUse } from "@/lib/settings/quotas";
import { QUOTA_LABELS } from "./quota-labels";

/** A person's own quotas, and what is left of each. */
export function QuotaCard({ quotas }: { quotas: QuotaUse[] }) {
  return (
    <Card>
      <CardHeader>
        <CardTitle>Your quotas</CardTitle>
        <CardDescription>The owner of this Catwalk sets them. A sleeping server counts as running.</CardDescription>
      </CardHeader>
      <CardContent>
        <dl className="grid gap-3 sm:grid-cols-3">
          {quotas.map(({ name, used, max }) => (
            <div key={name} className="grid gap-0.5">
              <dt className="text-[0.8125rem] text-muted-foreground">{QUOTA_LABELS[name]}</dt>
              <dd className="font-medium tabular-nums">
                {max === null ? used : `${used} of ${max}`}
                <span className="block font-normal text-[0.8125rem] text-muted-foreground">
                  {max === null ? "no limit" : `${Math.max(0, max - used)} left`}
                </span>
              </dd>
            </div>
          ))}
        </dl>
      </CardContent>
    </Card>
  );
}
