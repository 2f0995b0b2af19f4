"use client";

import { useState } from "react";
import { useOverflow } from "@/components/ui/use-overflow";
import { cn } from "@/lib/util/class-names";
import { formatBytes } from "./format";

export interface LongTextProps {
  text: string;
  /** Number of characters to show before "Show all". */
  limit?: number;
  /** Uses the page's own font instead of a frame with a fixed-width one. */
  plain?: boolean;
  label?: string;
  className?: string;
}

/** Untrusted text of any length, rendered as text only and cut until the person asks for all of it. */
export function LongText({ text, limit = 20_000, plain = false, label, className }: LongTextProps) {
  const [all, setAll] = useState(false);
  const overflow = useOverflow("y");
  const cut = !all && text.length > limit;
  const shown = cut ? text.slice(0, limit) : text;
  const more = cut && (
    <button
      type="button"
      onClick={() => setAll(true)}
      className="w-fit rounded-sm text-brand text-sm underline-offset-4 outline-none hover:underline focus-visible:ring-2 focus-visible:ring-ring"
    >
      Show all ({formatBytes(text.length)})
    </button>
  );
  if (plain) {
    return (
      <div className={cn("grid min-w-0 gap-1", className)}>
        <p className="whitespace-pre-wrap break-words">
          {shown}
          {cut && "…"}
        </p>
        {more}
      </div>
    );
  }
  return (
    <div className={cn("grid min-w-0 gap-2", className)}>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset groups controls, and a region would be one more landmark */}
      <div
        {...overflow}
        role="group"
        aria-label={label ?? "Text"}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboard users must be able to scroll it
        tabIndex={0}
        className="fade-y max-h-96 overflow-auto rounded-md border bg-card px-3 py-2.5 outline-none focus-visible:ring-2 focus-visible:ring-ring"
      >
        <pre className="whitespace-pre-wrap break-words font-mono text-[0.8125rem] leading-5">
          {shown}
          {cut && "…"}
        </pre>
      </div>
      {more}
    </div>
  );
}
