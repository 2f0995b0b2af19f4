"use client";

import dynamic from "next/dynamic";
import { Button } from "@/components/ui/button";
import { Collapsible, CollapsibleContent, CollapsibleTrigger } from "@/components/ui/collapsible";
import { Skeleton } from "@/components/ui/skeleton";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import type { CallStats, CallStatsRow } from "@/lib/deployments/view";
import { formatDuration } from "../format";

/** The chart library is loaded once there is something to draw. */
const CallChart = dynamic(() => import("./call-chart").then((chart) => chart.CallChart), {
  ssr: false,
  loading: () => <Skeleton className="h-56" />,
});

export type Period = "day" | "week";

export interface CallPictureProps {
  stats: CallStats | null;
  period: Period;
  onPeriod: (period: Period) => void;
}

/** The calls of the last day or week: over time, by tool and by client. */
export function CallPicture({ stats, period, onPeriod }: CallPictureProps) {
  return (
    <section aria-labelledby="call-picture" className="grid min-w-0 gap-4 rounded-xl border bg-card p-4 sm:p-5">
      <div className="flex min-w-0 flex-wrap items-center justify-between gap-2">
        <h2 id="call-picture" className="font-semibold text-base leading-6">
          Calls of the last {period}
        </h2>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset brings a border and a legend of its own */}
        <div role="group" aria-label="Period" className="flex gap-1">
          {(["day", "week"] as const).map((each) => (
            <Button
              key={each}
              size="sm"
              variant={each === period ? "secondary" : "ghost"}
              aria-pressed={each === period}
              onClick={() => onPeriod(each)}
            >
              {each === "day" ? "Day" : "Week"}
            </Button>
          ))}
        </div>
      </div>
      {stats === null ? (
        <Skeleton className="h-72" />
      ) : stats.total.calls === 0 ? (
        <p className="py-8 text-center text-muted-foreground">No tool was called in the last {period}.</p>
      ) : (
        <Picture stats={stats} />
      )}
    </section>
  );
}

function Picture({ stats }: { stats: CallStats }) {
  const { total } = stats;
  return (
    <>
      <dl className="grid grid-cols-2 gap-x-4 gap-y-3 sm:grid-cols-4">
        <Figure label="Calls" value={total.calls.toLocaleString("en")} />
        <Figure label="Failed" value={formatFailures(total)} isBad={total.failures > 0} />
        <Figure label="Half took at most" value={formatMs(total.p50Ms)} />
        <Figure label="95 of 100 took at most" value={formatMs(total.p95Ms)} />
      </dl>
      <CallChart stats={stats} />
      <div className="grid min-w-0 gap-5 lg:grid-cols-2">
        <Ranking title="By tool" rows={stats.tools} />
        <Ranking title="By client" rows={stats.clients} />
      </div>
      <Collapsible className="grid min-w-0 gap-2">
        <CollapsibleTrigger className="justify-self-start text-muted-foreground">
          The chart as a table
        </CollapsibleTrigger>
        <CollapsibleContent>
          <BarTable stats={stats} />
        </CollapsibleContent>
      </Collapsible>
    </>
  );
}

function Figure({ label, value, isBad = false }: { label: string; value: string; isBad?: boolean }) {
  return (
    <div className="flex min-w-0 flex-col-reverse gap-0.5">
      <dt className="text-muted-foreground text-xs">{label}</dt>
      <dd className={`font-semibold text-lg tabular-nums leading-6 ${isBad ? "text-destructive" : ""}`}>{value}</dd>
    </div>
  );
}

function Ranking({ title, rows }: { title: string; rows: CallStatsRow[] }) {
  return (
    <div className="grid min-w-0 content-start gap-1">
      <h3 className="font-medium text-sm">{title}</h3>
      <Table aria-label={title}>
        <TableHeader>
          <TableRow className="hover:bg-transparent">
            <TableHead className="pl-0">
              <span className="sr-only">Name</span>
            </TableHead>
            <TableHead className="text-right">Calls</TableHead>
            <TableHead className="text-right">Failed</TableHead>
            <TableHead className="pr-0 text-right">p50 / p95</TableHead>
          </TableRow>
        </TableHeader>
        <TableBody>
          {rows.map((row) => (
            <TableRow key={row.name ?? ""}>
              <TableCell className="wrap-anywhere min-w-24 py-1.5! pl-0">{row.name ?? "unknown"}</TableCell>
              <TableCell className="py-1.5! text-right tabular-nums">{row.calls.toLocaleString("en")}</TableCell>
              <TableCell
                className={`py-1.5! text-right tabular-nums ${row.failures > 0 ? "text-destructive" : "text-muted-foreground"}`}
              >
                {row.failures.toLocaleString("en")}
              </TableCell>
              <TableCell className="whitespace-nowrap py-1.5! pr-0 text-right text-muted-foreground tabular-nums">
                {formatMs(row.p50Ms)} / {formatMs(row.p95Ms)}
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </div>
  );
}

/** The same numbers for people who cannot see the chart, or want to read them off. */
function BarTable({ stats }: { stats: CallStats }) {
  const format = new Intl.DateTimeFormat(undefined, { weekday: "short", hour: "2-digit", minute: "2-digit" });
  return (
    <Table aria-label="Calls over time">
      <TableHeader>
        <TableRow className="hover:bg-transparent">
          <TableHead>From</TableHead>
          <TableHead className="text-right">Calls</TableHead>
          <TableHead className="text-right">Failed</TableHead>
          <TableHead className="text-right">p50 / p95</TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {stats.bars.map((bar) => (
          <TableRow key={bar.at}>
            <TableCell className="whitespace-nowrap py-1.5!">
              <time dateTime={bar.at}>{format.format(new Date(bar.at))}</time>
            </TableCell>
            <TableCell className="py-1.5! text-right tabular-nums">{bar.calls}</TableCell>
            <TableCell className="py-1.5! text-right tabular-nums">{bar.failures}</TableCell>
            <TableCell className="whitespace-nowrap py-1.5! text-right tabular-nums">
              {formatMs(bar.p50Ms)} / {formatMs(bar.p95Ms)}
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

function formatFailures({ calls, failures }: CallStatsRow): string {
  if (failures === 0) return "0";
  const share = (failures / calls) * 100;
  return `${failures.toLocaleString("en")} (${share < 1 ? "under 1" : Math.round(share)} %)`;
}

function formatMs(ms: number | null): string {
  return ms === null ? "–" : formatDuration(ms);
}
