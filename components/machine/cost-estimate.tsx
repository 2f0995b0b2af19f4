import type { ReactNode } from "react";
import { estimateMonthlyCost, PRICES_SOURCE } from "@/lib/runtime/fly/machines/prices";
import { cn } from "@/lib/util/class-names";

const USD_FORMAT = new Intl.NumberFormat("en", { style: "currency", currency: "USD" });
const PRICES_READ_AT = new Intl.DateTimeFormat("en-US", { month: "long", year: "numeric", timeZone: "UTC" }).format(
  new Date(PRICES_SOURCE.readAt),
);

export interface CostEstimateProps {
  size: { memoryMb: number; alwaysOn: boolean };
}

/** Estimated monthly cost of the machine, always on and asleep. Highlights the chosen setting. */
export function CostEstimate({ size }: CostEstimateProps) {
  const { awakeUsd, asleepUsd, hourAwakeUsd } = estimateMonthlyCost(size);
  return (
    <div className="grid gap-2 rounded-lg bg-muted/60 px-4 py-3 text-[0.8125rem] leading-5">
      <dl className="grid gap-x-6 gap-y-2 sm:grid-cols-2">
        <Cost term="Sleeps when idle" isChosen={!size.alwaysOn}>
          about {USD_FORMAT.format(asleepUsd)} a month, plus{" "}
          {hourAwakeUsd < 0.01 ? "under a cent" : USD_FORMAT.format(hourAwakeUsd)} for each hour awake
        </Cost>
        <Cost term="Always on" isChosen={size.alwaysOn}>
          about {USD_FORMAT.format(awakeUsd)} a month
        </Cost>
      </dl>
      <p className="text-muted-foreground text-xs">
        Estimated from{" "}
        <a
          href={PRICES_SOURCE.url}
          target="_blank"
          rel="noopener noreferrer"
          className="rounded-sm underline underline-offset-4 outline-none hover:text-foreground focus-visible:ring-2 focus-visible:ring-ring"
        >
          Fly’s prices
        </a>{" "}
        of {PRICES_READ_AT} for the cheapest region, without taxes and traffic.
      </p>
    </div>
  );
}

function Cost({ term, isChosen, children }: { term: string; isChosen: boolean; children: ReactNode }) {
  return (
    <div className={cn("min-w-0", !isChosen && "text-muted-foreground")}>
      <dt className="font-medium">
        {term}
        {isChosen && <span className="font-normal text-muted-foreground"> · chosen</span>}
      </dt>
      <dd>{children}</dd>
    </div>
  );
}
