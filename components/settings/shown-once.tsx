"use client";

import type { ReactNode } from "react";
import { CopyButton } from "@/components/ui/copy-button";

export interface ShownOnceProps {
  title: string;
  /** Completes the name of the copy button: "API token". */
  label: string;
  value: string;
  children: ReactNode;
}

/** Shows a secret that cannot be read again later. */
export function ShownOnce({ title, label, value, children }: ShownOnceProps) {
  return (
    <div role="status" className="grid min-w-0 gap-2 rounded-lg border border-success/30 bg-success-subtle p-4">
      <p className="font-medium">{title}</p>
      <div className="flex min-w-0 items-start gap-2">
        <code className="min-w-0 flex-1 select-all break-all rounded-md border bg-card px-3 py-2 font-mono text-[0.8125rem] leading-5">
          {value}
        </code>
        <CopyButton value={value} label={label} variant="outline" size="icon" />
      </div>
      <div className="text-[0.8125rem] text-muted-foreground leading-5">{children}</div>
    </div>
  );
}
