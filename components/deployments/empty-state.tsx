"use client";

import { useRouter } from "next/navigation";
import type { ReactNode } from "react";
import { ExampleList } from "@/components/analysis/example-list";
import { SourceForm } from "@/components/analysis/source-form";

/** Start page of a person without deployments. */
export function EmptyState({ hint }: { hint: ReactNode }) {
  const router = useRouter();
  return (
    <div className="mx-auto grid max-w-3xl gap-10 py-6 sm:py-14">
      <div className="grid gap-3">
        <h1 className="font-semibold text-3xl leading-tight tracking-tight sm:text-4xl">
          From a repository to a connector URL
        </h1>
        <p className="max-w-xl text-base text-muted-foreground leading-6">
          Paste an MCP server. Catwalk finds out what it needs, asks you for credentials, runs it in isolation, and
          gives you a URL for Claude and every other MCP client.
        </p>
      </div>
      {hint}
      <SourceForm onAnalyze={(source) => router.push(`/new?source=${encodeURIComponent(source)}`)} />
      <ExampleList />
    </div>
  );
}
