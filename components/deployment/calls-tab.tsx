"use client";

import { TriangleAlert } from "lucide-react";
import { usePolling } from "@/components/hooks/use-polling";
import { Alert, AlertDescription } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { RelativeTime } from "@/components/ui/relative-time";
import { Skeleton } from "@/components/ui/skeleton";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import type { CallView } from "@/lib/deployments/view";
import { cn } from "@/lib/util/class-names";
import { useDeploymentPage } from "./context";
import { formatBytes, formatDuration } from "./format";

const REFRESH_MS = 3_000;

/** The calls that clients made last. */
export function CallsTab() {
  const { view, openTab } = useDeploymentPage();
  const { value, trouble } = usePolling<{ calls: CallView[] }>(`/api/deployments/${view.id}/calls?limit=100`, {
    initial: null,
    chooseDelayMs: () => REFRESH_MS,
  });

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
      <TableHeader className="max-sm:sr-only">
        <TableRow className="hover:bg-transparent">
          <TableHead>When</TableHead>
          <TableHead>Method</TableHead>
          <TableHead>Tool</TableHead>
          <TableHead>Client</TableHead>
          <TableHead>Key</TableHead>
          <TableHead>Status</TableHead>
          <TableHead className="text-right">Time</TableHead>
          <TableHead className="text-right">In / out</TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {calls.map((call) => (
          // A phone has no room for eight columns: there a call is a block of three lines.
          <TableRow
            key={call.id}
            className="max-sm:grid max-sm:grid-cols-[minmax(0,1fr)_auto_auto] max-sm:gap-x-4 max-sm:py-2 max-sm:*:p-0"
          >
            <TableCell className="whitespace-nowrap text-muted-foreground max-sm:col-span-2 max-sm:col-start-2 max-sm:row-start-2 max-sm:text-right max-sm:text-xs max-sm:leading-5">
              <RelativeTime value={call.at} />
            </TableCell>
            <TableCell className="max-sm:row-start-1 sm:whitespace-nowrap">
              <span className="wrap-anywhere font-mono text-[0.8125rem]">{call.method}</span>
            </TableCell>
            <TableCell
              className="relative max-w-56 truncate font-mono text-[0.8125rem] max-sm:col-start-1 max-sm:row-start-2 max-sm:text-xs max-sm:leading-5"
              title={call.target ?? undefined}
            >
              {call.target ?? <Nothing />}
            </TableCell>
            <TableCell
              className="relative max-w-44 truncate max-sm:col-start-1 max-sm:row-start-3 max-sm:text-xs max-sm:leading-5 max-sm:text-muted-foreground"
              title={call.client ?? undefined}
            >
              {call.client ?? <Nothing />}
            </TableCell>
            <TableCell
              className="relative max-w-44 truncate max-sm:col-span-2 max-sm:col-start-2 max-sm:row-start-3 max-sm:text-right max-sm:text-xs max-sm:leading-5 max-sm:text-muted-foreground"
              title={call.accessKey ?? undefined}
            >
              {call.accessKey ?? <Nothing />}
            </TableCell>
            <TableCell className="relative whitespace-nowrap max-sm:row-start-1">
              <CallStatus call={call} />
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
