"use client";

import { useSearchParams } from "next/navigation";
import { useMemo, useRef, useState } from "react";
import { useDeploymentPage } from "@/components/deployment/context";
import { listTools } from "@/components/deployment/tool-list";
import { Input } from "@/components/ui/input";
import { cn } from "@/lib/util/class-names";
import { RunHistory } from "./run-history";
import { ToolRunner } from "./tool-runner";

/** Number of tools from which on the filter is shown. */
const FILTER_FROM = 9;

/** Lists the server's tools and runs them. */
export function ToolsTab() {
  const { view, toolRuns } = useDeploymentPage();
  const asked = useSearchParams().get("tool");
  const [filter, setFilter] = useState("");
  const [runId, setRunId] = useState<number | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);

  const tools = useMemo(() => listTools(view.tools), [view.tools]);
  if (tools.length === 0) {
    return (
      <p className="py-10 text-center text-muted-foreground">
        This server has no tools. It may offer prompts or resources, which clients can use.
      </p>
    );
  }
  const selected = tools.find((tool) => tool.name === asked) ?? tools[0];
  const wanted = filter.trim().toLowerCase();
  const shown = tools.filter((tool) =>
    [tool.name, tool.title ?? "", tool.description ?? ""].some((text) => text.toLowerCase().includes(wanted)),
  );
  const open = (name: string, run: number | null) => {
    setRunId(run);
    window.history.replaceState(null, "", `?${new URLSearchParams({ tab: "tools", tool: name })}`);
    requestAnimationFrame(() => heading.current?.focus());
  };
  const latest = toolRuns.runs.find((run) => run.tool === selected?.name) ?? null;
  const run = toolRuns.runs.find((each) => each.id === runId && each.tool === selected?.name) ?? latest;

  return (
    <div className="grid min-w-0 gap-8 lg:grid-cols-[17rem_minmax(0,1fr)]">
      <nav aria-label="Tools" className="flex min-w-0 flex-col gap-2">
        {tools.length >= FILTER_FROM && (
          <Input
            type="search"
            value={filter}
            onChange={(event) => setFilter(event.target.value)}
            placeholder={`Filter ${tools.length} tools`}
            aria-label="Filter tools"
          />
        )}
        <ul className="grid max-h-56 content-start gap-0.5 overflow-y-auto rounded-lg border p-1 lg:max-h-[34rem]">
          {shown.map((tool) => (
            <li key={tool.name} className="min-w-0">
              <button
                type="button"
                aria-current={tool === selected ? "true" : undefined}
                onClick={() => open(tool.name, null)}
                className={cn(
                  "flex min-h-8 w-full min-w-0 items-center rounded-md px-2.5 py-1.5 text-left font-mono text-[0.8125rem] leading-5 outline-none hover:bg-accent focus-visible:ring-2 focus-visible:ring-ring focus-visible:ring-inset pointer-coarse:min-h-11",
                  tool === selected ? "bg-accent font-medium" : "text-muted-foreground",
                )}
              >
                <span className="min-w-0 break-all">{tool.name}</span>
              </button>
            </li>
          ))}
          {shown.length === 0 && <li className="px-2.5 py-2 text-muted-foreground">No tool matches.</li>}
        </ul>
      </nav>
      <div className="grid min-w-0 content-start gap-8">
        {selected && (
          <ToolRunner key={selected.name} tool={selected} run={run} headingRef={heading} onRun={() => setRunId(null)} />
        )}
        <RunHistory runs={toolRuns.runs} shownId={run?.id ?? null} onOpen={(each) => open(each.tool, each.id)} />
      </div>
    </div>
  );
}
