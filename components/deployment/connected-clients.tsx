"use client";

import { TriangleAlert } from "lucide-react";
import { useState } from "react";
import { usePolling } from "@/components/hooks/use-polling";
import { Alert, AlertDescription } from "@/components/ui/alert";
import {
  AlertDialog,
  AlertDialogAction,
  AlertDialogCancel,
  AlertDialogContent,
  AlertDialogDescription,
  AlertDialogFooter,
  AlertDialogHeader,
  AlertDialogTitle,
} from "@/components/ui/alert-dialog";
import { Button } from "@/components/ui/button";
import { RelativeTime } from "@/components/ui/relative-time";
import { Skeleton } from "@/components/ui/skeleton";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import { toast } from "@/components/ui/toast";
import type { ConnectedClientView } from "@/lib/oauth/connected-clients";
import { useDeploymentPage } from "./context";
import { useDeploymentAction } from "./use-deployment-action";

const REFRESH_MS = 10_000;

/** The clients that people let use this deployment, each with Disconnect. */
export function ConnectedClients() {
  const { view } = useDeploymentPage();
  const { value, trouble, refresh } = usePolling<{ clients: ConnectedClientView[] }>(
    `/api/deployments/${view.id}/clients`,
    { initial: null, chooseDelayMs: () => REFRESH_MS },
  );
  const [leaving, setLeaving] = useState<ConnectedClientView | null>(null);
  return (
    <section aria-labelledby="connected-clients" className="grid min-w-0 gap-4">
      <div className="grid gap-1">
        <h2 id="connected-clients" className="font-semibold text-base leading-6">
          Connected clients
        </h2>
        <p className="max-w-2xl text-muted-foreground leading-6">
          Clients that somebody signed in to and allowed. Disconnecting one ends its access within seconds.
        </p>
      </div>
      {trouble && (
        <Alert variant="warning" role="status">
          <TriangleAlert aria-hidden="true" />
          <AlertDescription>{trouble}</AlertDescription>
        </Alert>
      )}
      {value === null ? (
        <Skeleton className="h-24" />
      ) : value.clients.length === 0 ? (
        <p className="rounded-xl border border-dashed px-6 py-10 text-center text-muted-foreground">
          No client is connected yet.
        </p>
      ) : (
        <Clients clients={value.clients} onDisconnect={setLeaving} />
      )}
      <DisconnectDialog client={leaving} onClose={() => setLeaving(null)} onDisconnected={refresh} />
    </section>
  );
}

interface ClientsProps {
  clients: ConnectedClientView[];
  onDisconnect: (client: ConnectedClientView) => void;
}

function Clients({ clients, onDisconnect }: ClientsProps) {
  return (
    <Table aria-label="Connected clients">
      <TableHeader className="max-sm:sr-only">
        <TableRow className="hover:bg-transparent">
          <TableHead>Client</TableHead>
          <TableHead>Person</TableHead>
          <TableHead>Connected</TableHead>
          <TableHead>Last used</TableHead>
          <TableHead className="relative">
            <span className="sr-only">Disconnect</span>
          </TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {clients.map((client) => (
          // A phone has no room for columns, and the button has to be in sight.
          <TableRow
            key={client.id}
            className="max-sm:grid max-sm:grid-cols-[minmax(0,1fr)_auto] max-sm:items-start max-sm:gap-x-4 max-sm:py-3 max-sm:*:p-0"
          >
            <TableCell className="wrap-anywhere max-w-72">
              <span className="font-medium">{client.name}</span>
              <span className="block text-[0.8125rem] text-muted-foreground">
                {client.documentHost ?? client.redirectHost}
              </span>
            </TableCell>
            <TableCell className="wrap-anywhere max-w-56 text-muted-foreground max-sm:col-start-1 max-sm:text-[0.8125rem]">
              {client.person}
            </TableCell>
            <TableCell className="whitespace-nowrap text-muted-foreground max-sm:col-start-1 max-sm:text-[0.8125rem]">
              <span className="sm:hidden">connected </span>
              <RelativeTime value={client.createdAt} />
            </TableCell>
            <TableCell className="whitespace-nowrap text-muted-foreground max-sm:col-start-1 max-sm:text-[0.8125rem]">
              <span className="sm:hidden">last used </span>
              <RelativeTime value={client.lastUsedAt} fallback="never" />
            </TableCell>
            <TableCell className="text-right max-sm:col-start-2 max-sm:row-span-4 max-sm:row-start-1">
              <Button
                variant="outline"
                size="sm"
                aria-label={`Disconnect ${client.name} of ${client.person}`}
                onClick={() => onDisconnect(client)}
              >
                Disconnect
              </Button>
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

interface DisconnectDialogProps {
  client: ConnectedClientView | null;
  onClose: () => void;
  onDisconnected: () => void;
}

function DisconnectDialog({ client, onClose, onDisconnected }: DisconnectDialogProps) {
  const { view, actions } = useDeploymentPage();
  const { run, isBusy } = useDeploymentAction(actions.disconnectClient);
  const disconnect = async ({ id, name }: ConnectedClientView) => {
    const result = await run({ id: view.id, clientId: id });
    if (!result.ok) return;
    toast.success(`${name} was disconnected.`);
    onDisconnected();
    onClose();
  };
  return (
    <AlertDialog open={client !== null} onOpenChange={(open) => !open && onClose()}>
      {client && (
        <AlertDialogContent>
          <AlertDialogHeader>
            <AlertDialogTitle>Disconnect {client.name}?</AlertDialogTitle>
            <AlertDialogDescription>
              Its calls for {client.person} get 401 from now on. It can be connected again at any time by signing in.
            </AlertDialogDescription>
          </AlertDialogHeader>
          <AlertDialogFooter>
            <AlertDialogCancel>Keep it</AlertDialogCancel>
            <AlertDialogAction
              variant="destructive"
              disabled={isBusy}
              onClick={(event) => {
                // The dialog closes once it is done, not before.
                event.preventDefault();
                void disconnect(client);
              }}
            >
              Disconnect
            </AlertDialogAction>
          </AlertDialogFooter>
        </AlertDialogContent>
      )}
    </AlertDialog>
  );
}
