"use client";

import { TriangleAlert } from "lucide-react";
import { Alert, AlertDescription } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { RelativeTime } from "@/components/ui/relative-time";
import { Skeleton } from "@/components/ui/skeleton";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import type { CallView } from "@/lib/deployments/view";
import { cn } from "@/lib/utils";
import { useDeploymentPage } from "./context";
import { formatBytes, formatDuration } from "./format";
import { usePolling } from "./use-polling";

const refreshMs = 3_000;

/** The calls that clients made last. */
export function CallsTab() {
  const { view, openTab } = useDeploymentPage();
  const { value, trouble } = usePolling<{ calls: CallView[] }>(
    `/api/deployments/${view.id}/calls?limit=100`,
    null,
    () => refreshMs,
  );

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
            Once a client is connected, each of its calls shows up here with its tool, its client, how it ended and how
            long it took; never with arguments or results.
          </p>
          <Button variant="outline" onClick={() => openTab("connect")}>
            Connect a client
          </Button>
        </div>
      ) : (
        <>
          <Calls calls={value.calls} />
          <p className="text-muted-foreground text-xs">
            The last {value.calls.length === 1 ? "call" : `${value.calls.length} calls`}; tools that were run from this
            page have the client “Catwalk”. Arguments and results are not kept.
          </p>
        </>
      )}
    </section>
  );
}

function Calls({ calls }: { calls: CallView[] }) {
  return (
    <Table aria-label="Recent calls">
      <TableHeader>
        <TableRow className="hover:bg-transparent">
          <TableHead className="max-sm:hidden">When</TableHead>
          <TableHead>Method</TableHead>
          <TableHead className="max-sm:hidden">Tool</TableHead>
          <TableHead className="max-sm:hidden">Client</TableHead>
          <TableHead className="max-sm:hidden">Key</TableHead>
          <TableHead>Status</TableHead>
          <TableHead className="text-right">Time</TableHead>
          <TableHead className="text-right max-sm:hidden">In / out</TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {calls.map((call) => (
          <TableRow key={call.id}>
            <TableCell className="whitespace-nowrap text-muted-foreground max-sm:hidden">
              <RelativeTime value={call.at} />
            </TableCell>
            <TableCell className="sm:whitespace-nowrap">
              <span className="wrap-anywhere font-mono text-[0.8125rem]">{call.method}</span>
              {/* A phone has no room for columns: what they would hold stands below. */}
              <span className="wrap-anywhere flex flex-wrap gap-x-3 text-muted-foreground text-xs leading-5 sm:hidden">
                {call.target && <span className="font-mono text-foreground">{call.target}</span>}
                {call.client && <span>{call.client}</span>}
                {call.accessKey && <span>{call.accessKey}</span>}
                <RelativeTime value={call.at} />
              </span>
            </TableCell>
            <TableCell
              className="relative max-w-56 truncate font-mono text-[0.8125rem] max-sm:hidden"
              title={call.target ?? undefined}
            >
              {call.target ?? <Nothing />}
            </TableCell>
            <TableCell className="relative max-w-44 truncate max-sm:hidden" title={call.client ?? undefined}>
              {call.client ?? <Nothing />}
            </TableCell>
            <TableCell className="relative max-w-44 truncate max-sm:hidden" title={call.accessKey ?? undefined}>
              {call.accessKey ?? <Nothing />}
            </TableCell>
            <TableCell className="relative whitespace-nowrap">
              <CallStatus call={call} />
            </TableCell>
            <TableCell className="whitespace-nowrap text-right tabular-nums">
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

function CallStatus({ call }: { call: CallView }) {
  const failed = call.httpStatus >= 400 || call.errorCode !== null;
  return (
    <span className={cn("font-mono text-[0.8125rem] tabular-nums", failed ? "text-destructive" : "text-success")}>
      {call.httpStatus}
      {call.errorCode !== null && <span title="JSON-RPC error"> ({call.errorCode})</span>}
      {failed && <span className="sr-only"> failed</span>}
    </span>
  );
}

function Nothing() {
  return (
    <span className="text-muted-foreground">
      <span aria-hidden="true">–</span>
      <span className="sr-only">none</span>
    </span>
  );
}
