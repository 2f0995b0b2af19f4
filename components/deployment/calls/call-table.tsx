import dynamic from "next/dynamic";
import { RelativeTime } from "@/components/ui/relative-time";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import type { CallView } from "@/lib/deployments/view";
import { cn } from "@/lib/util/class-names";
import { formatBytes, formatDuration } from "../format";

/** Loaded with the first call whose payload is recorded. */
const PayloadDialog = dynamic(() => import("./payload-dialog").then((dialog) => dialog.PayloadDialog), { ssr: false });

export interface CallTableProps {
  label: string;
  calls: CallView[];
}

/** Calls, one a row. On a phone a row is a block of lines. */
export function CallTable({ label, calls }: CallTableProps) {
  const hasPayloads = calls.some((call) => call.hasPayload);
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
          {hasPayloads && (
            <TableHead className="relative">
              <span className="sr-only">Arguments and result</span>
            </TableHead>
          )}
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
            {hasPayloads && (
              <TableCell className="text-right max-sm:col-span-3 max-sm:text-left">
                {call.hasPayload && <PayloadDialog call={call} />}
              </TableCell>
            )}
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
  const isRefused = call.httpStatus >= 400 || call.errorCode !== null;
  const isFailed = isRefused || call.isToolError;
  if (!isFailed) return <span className="text-success">OK</span>;
  return (
    <span className="text-destructive">
      {isRefused ? "Failed " : <span title="The tool answered that it failed">Tool failed</span>}
      {isRefused && (
        <span
          className="font-mono text-xs tabular-nums"
          title={call.errorCode === null ? "HTTP status" : "JSON-RPC error code"}
        >
          {call.errorCode ?? call.httpStatus}
        </span>
      )}
    </span>
  );
}

/** The credential of a call: an access key by its name, or the person who allowed the client or ran the tool on this page. */
function describeCaller({ accessKey, person }: CallView): string | null {
  if (accessKey === null) return person;
  return person === null ? accessKey : `${accessKey} (${person})`;
}

function None() {
  return (
    <span className="text-muted-foreground">
      <span aria-hidden="true">–</span>
      <span className="sr-only">none</span>
    </span>
  );
}
