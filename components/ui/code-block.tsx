import { cn } from "@/lib/util/class-names";
import { CopyButton } from "./copy-button";

export interface CodeBlockProps {
  code: string;
  /** What it is, for the region's name and the copy button: "Claude Code command". */
  label: string;
  /** Breaks long lines instead of scrolling. */
  wrap?: boolean;
  className?: string;
}

/** Text to copy as it stands. */
export function CodeBlock({ code, label, wrap = false, className }: CodeBlockProps) {
  return (
    <div
      data-slot="code-block"
      className={cn("relative min-w-0 rounded-lg border bg-muted/70 pr-12 pointer-coarse:pr-14", className)}
    >
      <section
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable without a pointer
        tabIndex={0}
        className="max-h-96 overflow-auto rounded-lg py-3 pl-4 outline-none focus-visible:ring-2 focus-visible:ring-ring"
      >
        <pre className={cn("font-mono text-[0.8125rem] leading-5", wrap && "wrap-anywhere whitespace-pre-wrap")}>
          <code>{code}</code>
        </pre>
      </section>
      <CopyButton value={code} label={label} className="absolute top-1.5 right-1.5" />
    </div>
  );
}
