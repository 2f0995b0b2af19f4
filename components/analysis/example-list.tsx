"use client";

import { ArrowUpRight } from "lucide-react";
import Link from "next/link";
import { EXAMPLES } from "./examples";

/** Three servers to start with. A click calls `onPick`, or opens /new without it. */
export function ExampleList({ onPick }: { onPick?: (source: string) => void }) {
  return (
    <section aria-labelledby="examples-title" className="grid gap-3">
      <h2 id="examples-title" className="text-muted-foreground text-sm">
        Or start with one that needs no credentials
      </h2>
      <ul className="grid gap-3 md:grid-cols-3">
        {EXAMPLES.map((example) => (
          <li key={example.source} className="min-w-0">
            <Link
              href={{ pathname: "/new", query: { source: example.source } }}
              prefetch={false}
              onNavigate={(event) => {
                if (!onPick) return;
                event.preventDefault();
                onPick(example.source);
              }}
              className="group grid h-full content-start gap-1 rounded-xl border bg-card p-4 outline-none transition-colors hover:border-muted-foreground/45 focus-visible:ring-2 focus-visible:ring-ring"
            >
              <span className="flex items-center justify-between gap-2 font-medium">
                {example.title}
                <ArrowUpRight
                  aria-hidden="true"
                  className="size-4 shrink-0 text-muted-foreground transition-colors group-hover:text-brand"
                />
              </span>
              <span className="text-[0.8125rem] text-muted-foreground leading-5">{example.description}</span>
              <span className="mt-2 text-muted-foreground text-xs">{example.origin}</span>
              <span className="truncate font-mono text-xs" title={example.source}>
                {example.source.replace("https://github.com/", "").replace("/tree/main/", "/…/")}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
