"use client";

import { TriangleAlert } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import { usePolling } from "@/components/hooks/use-polling";
import { Alert, AlertDescription } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Collapsible, CollapsibleContent, CollapsibleTrigger } from "@/components/ui/collapsible";
import { Skeleton } from "@/components/ui/skeleton";
import type { CallStats, CallView } from "@/lib/deployments/view";
import { type CallChoice, EVERY_CALL, formatCallAddress, isChosen } from "./calls/call-address";
import { CallFilter } from "./calls/call-filter";
import { CallPicture, type Period } from "./calls/call-picture";
import { CallTable } from "./calls/call-table";
import { Recording } from "./calls/recording";
import { useDeploymentPage } from "./context";

/** Its dialog is a good part of the tab's code, and is needed after the list. */
const CallTools = dynamic(() => import("./calls/call-tools").then((tools) => tools.CallTools), {
  ssr: false,
  loading: () => <Skeleton className="h-8 w-64" />,
});

const REFRESH_MS = 3_000;
/** Older pages do not change, and the picture changes slowly. */
const SLOW_REFRESH_MS = 30_000;
const PAGE_SIZE = "50";

interface CallAnswer {
  calls: CallView[];
  /** Absent on the last page. */
  next_cursor?: string;
}

/** The calls of clients: a picture of the last day or week, then the calls themselves. */
export function CallsTab() {
  const { view, openTab } = useDeploymentPage();
  const [period, setPeriod] = useState<Period>("day");
  const [choice, setChoice] = useState<CallChoice>(EVERY_CALL);
  // The places of the pages that were turned, the current one last.
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const cursor = cursors.at(-1);
  const path = formatCallAddress(view.id, "", choice, {
    kind: "work",
    limit: PAGE_SIZE,
    ...(cursor !== undefined && { cursor }),
  });
  const { value, trouble, refresh } = usePolling<CallAnswer>(path, {
    initial: null,
    chooseDelayMs: () => (cursor === undefined ? REFRESH_MS : SLOW_REFRESH_MS),
  });
  const stats = usePolling<CallStats>(`/api/deployments/${view.id}/calls/stats?period=${period}`, {
    initial: null,
    chooseDelayMs: () => SLOW_REFRESH_MS,
  });
  const choose = (next: CallChoice) => {
    setChoice(next);
    setCursors([]);
  };
  const isUnused = value?.calls.length === 0 && cursor === undefined && !isChosen(choice);

  return (
    <section aria-label="Recent calls" className="grid min-w-0 gap-6">
      {trouble && (
        <Alert variant="warning" role="status">
          <TriangleAlert aria-hidden="true" />
          <AlertDescription>{trouble}</AlertDescription>
        </Alert>
      )}
      {isUnused ? (
        <div className="grid justify-items-center gap-3 rounded-xl border border-dashed px-6 py-12 text-center">
          <p className="font-medium">No calls yet</p>
          <p className="max-w-md text-muted-foreground leading-6">
            Each call of a connected client appears here with its tool, its client and person, its result and its
            duration.
          </p>
          <Button variant="outline" onClick={() => openTab("connect")}>
            Connect a client
          </Button>
        </div>
      ) : (
        <>
          <CallPicture stats={stats.value} period={period} onPeriod={setPeriod} />
          <CallFilter choice={choice} onChoice={choose} stats={stats.value} />
          <CallList
            value={value}
            isFiltered={isChosen(choice)}
            onNewest={cursor === undefined ? null : () => setCursors([])}
            onOlder={(next) => setCursors([...cursors, next])}
          />
          <CallTools
            choice={choice}
            onDeleted={() => {
              setCursors([]);
              refresh();
              stats.refresh();
            }}
          />
        </>
      )}
      <Collapsible className="grid min-w-0 gap-2">
        <CollapsibleTrigger className="justify-self-start text-muted-foreground">
          Connection messages
        </CollapsibleTrigger>
        <CollapsibleContent>
          <ProtocolCalls />
        </CollapsibleContent>
      </Collapsible>
      <Recording />
    </section>
  );
}

interface CallListProps {
  value: CallAnswer | null;
  isFiltered: boolean;
  /** Goes back to the newest page, or null on it. */
  onNewest: (() => void) | null;
  onOlder: (cursor: string) => void;
}

function CallList({ value, isFiltered, onNewest, onOlder }: CallListProps) {
  if (value === null) return <LoadingRows />;
  const { calls, next_cursor: next = null } = value;
  return (
    <div className="grid min-w-0 gap-3">
      {calls.length > 0 ? (
        <CallTable label="Tool calls" calls={calls} />
      ) : (
        <p className="rounded-xl border border-dashed px-6 py-10 text-center text-muted-foreground">
          {isFiltered ? "No call fits." : "There are no older calls."}
        </p>
      )}
      {(onNewest !== null || next !== null) && (
        <nav aria-label="Pages of calls" className="flex flex-wrap justify-between gap-2">
          {onNewest !== null && (
            <Button variant="outline" size="sm" onClick={onNewest}>
              Newest
            </Button>
          )}
          {next !== null && (
            <Button variant="outline" size="sm" className="ml-auto" onClick={() => onOlder(next)}>
              Older
            </Button>
          )}
        </nav>
      )}
      <p className="text-muted-foreground text-xs">Tools that you run on this page have the client “Catwalk”.</p>
    </div>
  );
}

/** The protocol's own messages. The section loads them when it is opened. */
function ProtocolCalls() {
  const { view } = useDeploymentPage();
  const { value } = usePolling<CallAnswer>(formatCallAddress(view.id, "", EVERY_CALL, { kind: "protocol" }), {
    initial: null,
    chooseDelayMs: () => REFRESH_MS,
  });
  if (value === null) return <LoadingRows />;
  if (value.calls.length === 0) return <p className="text-muted-foreground">No client has connected yet.</p>;
  return <CallTable label="Connection messages" calls={value.calls} />;
}

function LoadingRows() {
  return (
    <div className="grid gap-2" aria-busy="true">
      {[1, 2, 3, 4].map((row) => (
        <Skeleton key={row} className="h-10" />
      ))}
    </div>
  );
}
