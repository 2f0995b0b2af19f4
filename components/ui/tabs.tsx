"use client";

import { Tabs as TabsPrimitive } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/lib/util/class-names";
import { useOverflow } from "./use-overflow";

export function Tabs({ className, ...props }: ComponentProps<typeof TabsPrimitive.Root>) {
  return <TabsPrimitive.Root data-slot="tabs" className={cn("flex min-w-0 flex-col gap-4", className)} {...props} />;
}

/** Row of tabs. Scrolls sideways on a narrow screen, and fades where more tabs follow. */
export function TabsList({ className, ...props }: ComponentProps<typeof TabsPrimitive.List>) {
  const overflow = useOverflow("x");
  return (
    <TabsPrimitive.List
      {...overflow}
      data-slot="tabs-list"
      className={cn(
        "fade-x flex h-10 w-full min-w-0 items-stretch gap-5 overflow-x-auto border-b [scrollbar-width:none] pointer-coarse:h-12",
        className,
      )}
      {...props}
    />
  );
}

export function TabsTrigger({ className, ...props }: ComponentProps<typeof TabsPrimitive.Trigger>) {
  return (
    <TabsPrimitive.Trigger
      data-slot="tabs-trigger"
      className={cn(
        "inline-flex shrink-0 items-center gap-1.5 whitespace-nowrap border-transparent border-b-2 px-0.5 pt-0.5 font-medium text-muted-foreground text-sm outline-none transition-colors hover:text-foreground",
        "focus-visible:rounded-sm focus-visible:ring-2 focus-visible:ring-ring focus-visible:ring-inset disabled:pointer-events-none disabled:opacity-50",
        "data-[state=active]:border-brand data-[state=active]:text-foreground [&_svg]:size-4",
        className,
      )}
      {...props}
    />
  );
}

export function TabsContent({ className, ...props }: ComponentProps<typeof TabsPrimitive.Content>) {
  return (
    <TabsPrimitive.Content
      data-slot="tabs-content"
      className={cn(
        "min-w-0 rounded-md outline-none focus-visible:ring-2 focus-visible:ring-ring focus-visible:ring-offset-4 focus-visible:ring-offset-background",
        className,
      )}
      {...props}
    />
  );
}
