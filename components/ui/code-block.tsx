"use client";

import { cn } from "@/lib/util/class-names";
import { CopyButton } from "./copy-button";
import { useOverflow } from "./use-overflow";

export interface CodeBlockProps {
  code: string;
  /** Name of the region and of the copy button: "Claude Code command". */
  label: string;
  /** Makes copying the main action: a large button below the text. */
  isPrimary?: boolean;
  className?: string;
}

/** Text to copy. Long lines wrap, because a cut line looks complete. */
export function CodeBlock({ code, label, isPrimary = false, className }: CodeBlockProps) {
  const overflow = useOverflow("y");
  return (
    <div
      data-slot="code-block"
      className={cn(
        "relative min-w-0 rounded-lg border bg-muted/70",
        isPrimary ? "pr-4" : "pr-12 pointer-coarse:pr-14",
        className,
      )}
    >
      <section
        {...overflow}
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboard users must be able to scroll it
        tabIndex={0}
        className="fade-y max-h-96 overflow-auto rounded-lg py-3 pl-4 outline-none focus-visible:ring-2 focus-visible:ring-ring"
      >
        <pre className="wrap-anywhere whitespace-pre-wrap font-mono text-[0.8125rem] leading-5">
          <code>{code}</code>
        </pre>
      </section>
      {isPrimary ? (
        <div className="-mr-4 flex border-t p-2">
          <CopyButton value={code} label={label} showText variant="brand" size="default" />
        </div>
      ) : (
        <CopyButton value={code} label={label} className="absolute! top-1.5 right-1.5" />
      )}
    </div>
  );
}
