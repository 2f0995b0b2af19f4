"use client";

import { TriangleAlert } from "lucide-react";
import { useLazyDialog } from "@/components/hooks/use-lazy-dialog";
import { usePolling } from "@/components/hooks/use-polling";
import { Alert, AlertDescription } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { RelativeTime } from "@/components/ui/relative-time";
import { Skeleton } from "@/components/ui/skeleton";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import type { AccessKeyView } from "@/lib/deployments/view";
import type { ConnectedClientView } from "@/lib/oauth/connected-clients";
import type { AccessEntry } from "./access-entry";
import { useDeploymentPage } from "./context";
import { FreshKeyNotice, MakeKey } from "./make-key";

const REFRESH_MS = 10_000;

/** Lists the connected clients and access keys of all people, creates keys, and ends the access of either. */
export function AccessList() {
  const { view } = useDeploymentPage();
  const polling = { initial: null, chooseDelayMs: () => REFRESH_MS };
  const clients = usePolling<{ clients: ConnectedClientView[] }>(`/api/deployments/${view.id}/clients`, polling);
  const keys = usePolling<{ keys: AccessKeyView[] }>(`/api/deployments/${view.id}/keys`, polling);
  const trouble = clients.trouble ?? keys.trouble;
  const isLoaded = clients.value !== null && keys.value !== null;
  const entries = isLoaded ? toEntries(clients.value?.clients ?? [], keys.value?.keys ?? []) : [];
  const refresh = () => {
    clients.refresh();
    keys.refresh();
  };
  return (
    <section aria-labelledby="access-list" className="grid min-w-0 gap-4">
      <div className="grid gap-1">
        <h2 id="access-list" className="font-semibold text-base leading-6">
          Clients and keys
        </h2>
        <p className="max-w-2xl text-muted-foreground leading-6">
          Everything that can call this URL, each for the person it belongs to. A key works for this deployment only,
          and Catwalk stores a fingerprint of it. Disconnecting or revoking takes effect within seconds.
        </p>
      </div>
      <FreshKeyNotice />
      {trouble && (
        <Alert variant="warning" role="status">
          <TriangleAlert aria-hidden="true" />
          <AlertDescription>{trouble}</AlertDescription>
        </Alert>
      )}
      {!isLoaded ? (
        <Skeleton className="h-24" />
      ) : entries.length === 0 ? (
        <p className="rounded-xl border border-dashed px-6 py-10 text-center text-muted-foreground">
          No client is connected yet. No keys yet: clients that sign in need none.
        </p>
      ) : (
        <Entries entries={entries} onEnded={refresh} />
      )}
      <MakeKey onMade={refresh} />
    </section>
  );
}

function toEntries(clients: ConnectedClientView[], keys: AccessKeyView[]): AccessEntry[] {
  const entries = [
    ...clients.map(({ documentHost, redirectHost, ...client }) => ({
      ...client,
      kind: "client" as const,
      detail: documentHost ?? redirectHost,
    })),
    ...keys.map(({ prefix, ...key }) => ({ ...key, kind: "key" as const, detail: `${prefix}…` })),
  ];
  return entries.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

const quiet = "text-muted-foreground max-sm:col-start-1 max-sm:text-[0.8125rem]";

function Entries({ entries, onEnded }: { entries: AccessEntry[]; onEnded: () => void }) {
  return (
    <Table aria-label="Clients and keys">
      <TableHeader className="max-sm:sr-only">
        <TableRow className="hover:bg-transparent">
          <TableHead>Name</TableHead>
          <TableHead>By</TableHead>
          <TableHead>Person</TableHead>
          <TableHead>Since</TableHead>
          <TableHead>Last used</TableHead>
          <TableHead className="relative">
            <span className="sr-only">Disconnect or revoke</span>
          </TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {entries.map((entry) => (
          // On a phone a row becomes a block, so that the button stays visible.
          <TableRow
            key={entry.id}
            className="max-sm:grid max-sm:grid-cols-[minmax(0,1fr)_auto] max-sm:items-start max-sm:gap-x-4 max-sm:py-3 max-sm:*:p-0"
          >
            <TableCell className="wrap-anywhere max-w-64 font-medium">{entry.name}</TableCell>
            <TableCell className={quiet}>
              {entry.kind === "client" ? "Sign-in" : "Key"}{" "}
              <span className="wrap-anywhere font-mono text-[0.8125rem]">{entry.detail}</span>
            </TableCell>
            <TableCell className={`wrap-anywhere max-w-56 ${quiet}`}>{entry.person}</TableCell>
            <TableCell className={`whitespace-nowrap ${quiet}`}>
              <span className="sm:hidden">since </span>
              <RelativeTime value={entry.createdAt} />
            </TableCell>
            <TableCell className={`whitespace-nowrap ${quiet}`}>
              <span className="sm:hidden">last used </span>
              <RelativeTime value={entry.lastUsedAt} fallback="never" />
            </TableCell>
            <TableCell className="text-right max-sm:col-start-2 max-sm:row-span-5 max-sm:row-start-1">
              <EndButton entry={entry} onEnded={onEnded} />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

/** Button that opens the dialog which ends an access. */
function EndButton({ entry, onEnded }: { entry: AccessEntry; onEnded: () => void }) {
  const { Dialog, triggerProps, close } = useLazyDialog(() =>
    import("./end-access-dialog").then((dialog) => dialog.EndAccessDialog),
  );
  const isClient = entry.kind === "client";
  return (
    <>
      <Button
        variant="outline"
        size="sm"
        aria-label={isClient ? `Disconnect ${entry.name} of ${entry.person}` : `Revoke ${entry.name}`}
        {...triggerProps}
      >
        {isClient ? "Disconnect" : "Revoke"}
      </Button>
      {Dialog && <Dialog entry={entry} onClose={close} onEnded={onEnded} />}
    </>
  );
}
