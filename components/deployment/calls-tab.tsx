"use client";

import { TriangleAlert } from "lucide-react";
import { usePolling } from "@/components/hooks/use-polling";
import { Alert, AlertDescription } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Collapsible, CollapsibleContent, CollapsibleTrigger } from "@/components/ui/collapsible";
import { RelativeTime } from "@/components/ui/relative-time";
import { Skeleton } from "@/components/ui/skeleton";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import type { CallView } from "@/lib/deployments/view";
import { cn } from "@/lib/util/class-names";
import { useDeploymentPage } from "./context";
import { formatBytes, formatDuration } from "./format";

const REFRESH_MS = 3_000;

/** Requests that do something for a person. All others are the protocol's own (MCP: lifecycle, lists, notifications). */
const WORK_METHODS: readonly string[] = ["tools/call", "prompts/get", "resources/read", "completion/complete"];

/** Recent calls of clients: tool calls first, the protocol's own messages folded away. */
export function CallsTab() {
  const { view, openTab } = useDeploymentPage();
  const { value, trouble } = usePolling<{ calls: CallView[] }>(`/api/deployments/${view.id}/calls?limit=100`, {
    initial: null,
    chooseDelayMs: () => REFRESH_MS,
  });
  const work = value?.calls.filter(({ method }) => WORK_METHODS.includes(method)) ?? [];
  const protocol = value?.calls.filter(({ method }) => !WORK_METHODS.includes(method)) ?? [];

  return (
    <section aria-label="Recent calls" className="grid min-w-0 gap-4">
      {trouble && (
        <Alert variant="warning" role="status">
          <TriangleAlert aria-hidden="true" />
          <AlertDescription>{trouble}</AlertDescription>
        </Alert>
      )}
      {value === null ? (
        <div className="grid gap-2" aria-busy="true">
          {[1, 2, 3, 4].map((row) => (
            <Skeleton key={row} className="h-10" />
          ))}
        </div>
      ) : value.calls.length === 0 ? (
        <div className="grid justify-items-center gap-3 rounded-xl border border-dashed px-6 py-12 text-center">
          <p className="font-medium">No calls yet</p>
          <p className="max-w-md text-muted-foreground leading-6">
            Each call of a connected client appears here with its tool, its client, its result and its duration.
            Arguments and results are not stored.
          </p>
          <Button variant="outline" onClick={() => openTab("connect")}>
            Connect a client
          </Button>
        </div>
      ) : (
        <>
          {work.length > 0 ? (
            <Calls label="Tool calls" calls={work} />
          ) : (
            <p className="rounded-xl border border-dashed px-6 py-10 text-center text-muted-foreground">
              Clients have connected, but no tool was called yet.
            </p>
          )}
          {protocol.length > 0 && (
            <Collapsible className="grid min-w-0 gap-2">
              <CollapsibleTrigger className="justify-self-start text-muted-foreground">
                Connection messages <span className="font-normal">({protocol.length})</span>
              </CollapsibleTrigger>
              <CollapsibleContent>
                <Calls label="Connection messages" calls={protocol} />
              </CollapsibleContent>
            </Collapsible>
          )}
          <p className="text-muted-foreground text-xs">
            {value.calls.length === 1 ? "The last request." : `The last ${value.calls.length} requests.`} Tools that you
            run on this page have the client “Catwalk”. Arguments and results are not stored.
          </p>
        </>
      )}
    </section>
  );
}

function Calls({ label, calls }: { label: string; calls: CallView[] }) {
  return (
    <Table aria-label={label}>
      <TableHeader className="max-sm:sr-only">
        <TableRow className="hover:bg-transparent">
          <TableHead>When</TableHead>
          <TableHead>Call</TableHead>
          <TableHead>Client</TableHead>
          <TableHead>Key or person</TableHead>
          <TableHead>Result</TableHead>
          <TableHead className="text-right">Duration</TableHead>
          <TableHead className="text-right">In / out</TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {calls.map((call) => (
          // On a phone a row becomes a block of three lines.
          <TableRow
            key={call.id}
            className="max-sm:grid max-sm:grid-cols-[minmax(0,1fr)_auto_auto] max-sm:gap-x-4 max-sm:py-2 max-sm:*:p-0"
          >
            <TableCell className="whitespace-nowrap text-muted-foreground max-sm:col-span-2 max-sm:col-start-2 max-sm:row-start-2 max-sm:text-right max-sm:text-xs max-sm:leading-5">
              <RelativeTime value={call.at} />
            </TableCell>
            <TableCell className="relative max-w-72 max-sm:row-start-1" title={call.target ?? undefined}>
              <CallName call={call} />
            </TableCell>
            <TableCell
              className="relative max-w-44 truncate max-sm:col-start-1 max-sm:row-start-2 max-sm:text-xs max-sm:leading-5 max-sm:text-muted-foreground"
              title={call.client ?? undefined}
            >
              {call.client ?? <None />}
            </TableCell>
            <TableCell
              className="relative max-w-44 truncate max-sm:col-span-3 max-sm:col-start-1 max-sm:row-start-3 max-sm:text-xs max-sm:leading-5 max-sm:text-muted-foreground"
              title={describeCaller(call) ?? undefined}
            >
              {describeCaller(call) ?? <None />}
            </TableCell>
            <TableCell className="relative whitespace-nowrap max-sm:row-start-1">
              <CallResult call={call} />
            </TableCell>
            <TableCell className="whitespace-nowrap text-right tabular-nums max-sm:row-start-1">
              {formatDuration(call.durationMs)}
            </TableCell>
            <TableCell className="whitespace-nowrap text-right text-muted-foreground tabular-nums max-sm:hidden">
              {formatBytes(call.requestBytes)} / {formatBytes(call.responseBytes)}
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

/** The tool's name. Any other call shows its method, too. */
function CallName({ call }: { call: CallView }) {
  return (
    <span className="flex min-w-0 flex-wrap items-baseline gap-x-2 font-mono text-[0.8125rem]">
      {call.target && <span className="wrap-anywhere min-w-0">{call.target}</span>}
      {call.method !== "tools/call" && (
        <span className={cn("wrap-anywhere min-w-0", call.target && "text-muted-foreground text-xs")}>
          {call.method}
        </span>
      )}
    </span>
  );
}

function CallResult({ call }: { call: CallView }) {
  const isFailed = call.httpStatus >= 400 || call.errorCode !== null;
  if (!isFailed) return <span className="text-success">OK</span>;
  return (
    <span className="text-destructive">
      Failed{" "}
      <span
        className="font-mono text-xs tabular-nums"
        title={call.errorCode === null ? "HTTP status" : "JSON-RPC error code"}
      >
        {call.errorCode ?? call.httpStatus}
      </span>
    </span>
  );
}

/** What let a call in: an access key by its name, or the person who allowed the client. */
function describeCaller({ accessKey, connectedClient }: CallView): string | null {
  return accessKey ?? connectedClient?.person ?? null;
}

function None() {
  return (
    <span className="text-muted-foreground">
      <span aria-hidden="true">–</span>
      <span className="sr-only">none</span>
    </span>
  );
}
