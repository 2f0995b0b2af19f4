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
import type { AccessKeyView } from "@/lib/deployments/view";
import { useDeploymentPage } from "./context";
import { FreshKeyNotice, MakeKey } from "./make-key";
import { useDeploymentAction } from "./use-deployment-action";

const REFRESH_MS = 10_000;

/** Lists, creates and revokes the deployment's access keys. */
export function AccessKeys() {
  const { view } = useDeploymentPage();
  const { value, trouble, refresh } = usePolling<{ keys: AccessKeyView[] }>(`/api/deployments/${view.id}/keys`, {
    initial: null,
    chooseDelayMs: () => REFRESH_MS,
  });
  const [leaving, setLeaving] = useState<AccessKeyView | null>(null);

  return (
    <section aria-labelledby="access-keys" className="grid min-w-0 gap-4">
      <h2 id="access-keys" className="font-semibold text-base leading-6">
        Access keys
      </h2>
      <p className="max-w-2xl text-muted-foreground leading-6">
        Clients send a key with every call. A key works for this deployment only, and Catwalk stores a fingerprint of
        it.
      </p>
      <FreshKeyNotice />
      <MakeKey onMade={refresh} />
      {trouble && (
        <Alert variant="warning" role="status">
          <TriangleAlert aria-hidden="true" />
          <AlertDescription>{trouble}</AlertDescription>
        </Alert>
      )}
      {value === null ? (
        <Skeleton className="h-24" />
      ) : value.keys.length === 0 ? (
        <p className="rounded-xl border border-dashed px-6 py-10 text-center text-muted-foreground">
          No keys yet. Clients that sign in need none.
        </p>
      ) : (
        <Keys keys={value.keys} onRevoke={setLeaving} />
      )}
      <RevokeDialog accessKey={leaving} onClose={() => setLeaving(null)} onRevoked={refresh} />
    </section>
  );
}

function Keys({ keys, onRevoke }: { keys: AccessKeyView[]; onRevoke: (key: AccessKeyView) => void }) {
  return (
    <Table aria-label="Access keys">
      <TableHeader className="max-sm:sr-only">
        <TableRow className="hover:bg-transparent">
          <TableHead>Name</TableHead>
          <TableHead>Begins with</TableHead>
          <TableHead>Created</TableHead>
          <TableHead>Last used</TableHead>
          <TableHead className="relative">
            <span className="sr-only">Revoke</span>
          </TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {keys.map((key) => (
          // On a phone a row becomes a block, so that the button stays visible.
          <TableRow
            key={key.id}
            className="max-sm:grid max-sm:grid-cols-[minmax(0,1fr)_auto] max-sm:items-start max-sm:gap-x-4 max-sm:py-3 max-sm:*:p-0"
          >
            <TableCell className="wrap-anywhere max-w-72 font-medium">{key.name}</TableCell>
            <TableCell className="whitespace-nowrap font-mono text-[0.8125rem] max-sm:col-start-1 max-sm:text-muted-foreground">
              {key.prefix}…
            </TableCell>
            <TableCell className="whitespace-nowrap text-muted-foreground max-sm:col-start-1 max-sm:text-[0.8125rem]">
              <span className="sm:hidden">created </span>
              <RelativeTime value={key.createdAt} />
            </TableCell>
            <TableCell className="whitespace-nowrap text-muted-foreground max-sm:col-start-1 max-sm:text-[0.8125rem]">
              <span className="sm:hidden">last used </span>
              <RelativeTime value={key.lastUsedAt} fallback="never" />
            </TableCell>
            <TableCell className="text-right max-sm:col-start-2 max-sm:row-span-4 max-sm:row-start-1">
              <Button variant="outline" size="sm" aria-label={`Revoke ${key.name}`} onClick={() => onRevoke(key)}>
                Revoke
              </Button>
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

interface RevokeDialogProps {
  accessKey: AccessKeyView | null;
  onClose: () => void;
  onRevoked: () => void;
}

function RevokeDialog({ accessKey, onClose, onRevoked }: RevokeDialogProps) {
  const { view, actions, removeFreshKey } = useDeploymentPage();
  const { run, isBusy } = useDeploymentAction(actions.deleteKey);
  const revoke = async (key: AccessKeyView) => {
    if (!(await run({ id: view.id, keyId: key.id })).ok) return;
    removeFreshKey(key.id);
    toast.success(`Revoked “${key.name}”.`);
    onRevoked();
    onClose();
  };
  return (
    <AlertDialog open={accessKey !== null} onOpenChange={(open) => !open && onClose()}>
      {accessKey && (
        <AlertDialogContent>
          <AlertDialogHeader>
            <AlertDialogTitle>Revoke “{accessKey.name}”?</AlertDialogTitle>
            <AlertDialogDescription>
              Clients that use it stop working at once. This cannot be undone, but you can create a new key at any time.
            </AlertDialogDescription>
          </AlertDialogHeader>
          <AlertDialogFooter>
            <AlertDialogCancel>Cancel</AlertDialogCancel>
            <AlertDialogAction
              variant="destructive"
              disabled={isBusy}
              onClick={(event) => {
                // Radix would close the dialog before the key is revoked.
                event.preventDefault();
                void revoke(accessKey);
              }}
            >
              Revoke
            </AlertDialogAction>
          </AlertDialogFooter>
        </AlertDialogContent>
      )}
    </AlertDialog>
  );
}
