"use client";

import { Bar, CartesianGrid, ComposedChart, Line, Tooltip, XAxis, YAxis } from "recharts";
import { ChartContainer, ChartLegend } from "@/components/ui/chart";
import type { CallStats } from "@/lib/deployments/view";
import { formatDuration } from "../format";

const COLORS = {
  ok: "var(--color-info)",
  failed: "var(--color-destructive)",
  p50: "var(--color-muted-foreground)",
  p95: "var(--color-brand)",
} as const;

const DAY_BAR_MS = 60 * 60_000;

/** Calls as bars, failures within them, and how long they took as lines. A table beside it has the same numbers. */
export function CallChart({ stats }: { stats: CallStats }) {
  const isDay = stats.barMs <= DAY_BAR_MS;
  const label = new Intl.DateTimeFormat(undefined, isDay ? { hour: "2-digit" } : { weekday: "short", hour: "2-digit" });
  const data = stats.bars.map((bar) => ({
    ...bar,
    label: label.format(new Date(bar.at)),
    ok: bar.calls - bar.failures,
  }));
  return (
    <div className="grid min-w-0 gap-2">
      <div aria-hidden="true">
        <ChartContainer>
          <ComposedChart data={data} margin={{ top: 8, right: 0, bottom: 0, left: 0 }} accessibilityLayer={false}>
            <CartesianGrid vertical={false} />
            <XAxis dataKey="label" tickLine={false} axisLine={false} minTickGap={24} tickMargin={6} />
            <YAxis yAxisId="calls" allowDecimals={false} tickLine={false} axisLine={false} width={36} />
            <YAxis
              yAxisId="ms"
              orientation="right"
              tickLine={false}
              axisLine={false}
              width={56}
              tickFormatter={(ms: number) => formatDuration(ms)}
            />
            <Tooltip content={<BarTooltip />} isAnimationActive={false} />
            <Bar yAxisId="calls" dataKey="ok" stackId="calls" fill={COLORS.ok} isAnimationActive={false} />
            <Bar yAxisId="calls" dataKey="failures" stackId="calls" fill={COLORS.failed} isAnimationActive={false} />
            <Line
              yAxisId="ms"
              dataKey="p50Ms"
              stroke={COLORS.p50}
              strokeWidth={2}
              dot={{ r: 2 }}
              connectNulls={false}
              isAnimationActive={false}
            />
            <Line
              yAxisId="ms"
              dataKey="p95Ms"
              stroke={COLORS.p95}
              strokeWidth={2}
              dot={{ r: 2 }}
              connectNulls={false}
              isAnimationActive={false}
            />
          </ComposedChart>
        </ChartContainer>
      </div>
      <ChartLegend
        items={[
          { label: "OK", color: COLORS.ok },
          { label: "Failed", color: COLORS.failed },
          { label: "p50", color: COLORS.p50, isLine: true },
          { label: "p95", color: COLORS.p95, isLine: true },
        ]}
      />
    </div>
  );
}

interface BarTooltipProps {
  active?: boolean;
  payload?: readonly { payload?: CallStats["bars"][number] }[];
}

function BarTooltip({ active, payload }: BarTooltipProps) {
  const bar = payload?.[0]?.payload;
  if (!active || bar === undefined) return null;
  const from = new Date(bar.at).toLocaleString(undefined, { weekday: "short", hour: "2-digit", minute: "2-digit" });
  return (
    <div className="grid gap-0.5 rounded-md border bg-popover px-3 py-2 text-popover-foreground text-xs shadow-md">
      <span className="font-medium">{from}</span>
      <span>
        {bar.calls} calls, {bar.failures} failed
      </span>
      {bar.p50Ms !== null && bar.p95Ms !== null && (
        <span>
          p50 {formatDuration(bar.p50Ms)}, p95 {formatDuration(bar.p95Ms)}
        </span>
      )}
    </div>
  );
}
