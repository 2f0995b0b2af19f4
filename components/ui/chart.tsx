"use client";

import type { ComponentProps } from "react";
import { ResponsiveContainer } from "recharts";
import { cn } from "@/lib/util/class-names";

/** The frame of a chart: it fills the width that there is, and its axes take the page's colors. */
export function ChartContainer({
  className,
  children,
  ...props
}: Omit<ComponentProps<"div">, "children"> & Pick<ComponentProps<typeof ResponsiveContainer>, "children">) {
  return (
    <div
      data-slot="chart"
      className={cn(
        "h-56 w-full min-w-0 text-xs",
        "[&_.recharts-cartesian-axis-tick_text]:fill-muted-foreground [&_.recharts-cartesian-grid_line]:stroke-border",
        "[&_.recharts-surface]:outline-none [&_.recharts-tooltip-cursor]:fill-muted [&_.recharts-tooltip-cursor]:stroke-border",
        className,
      )}
      {...props}
    >
      <ResponsiveContainer width="100%" height="100%">
        {children}
      </ResponsiveContainer>
    </div>
  );
}

export interface ChartLegendProps {
  items: readonly { label: string; color: string; isLine?: boolean }[];
}

/** What the colors of a chart stand for. */
export function ChartLegend({ items }: ChartLegendProps) {
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-muted-foreground text-xs" aria-hidden="true">
      {items.map(({ label, color, isLine }) => (
        <li key={label} className="flex items-center gap-1.5">
          <span className={cn("w-3 rounded-full", isLine ? "h-0.5" : "h-3 rounded-xs")} style={{ background: color }} />
          {label}
        </li>
      ))}
    </ul>
  );
}
