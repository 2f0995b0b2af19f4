"use client";

import { useReturnFocus } from "@/components/hooks/use-return-focus";
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
import { toast } from "@/components/ui/toast";
import type { AccessEntry } from "./access-entry";
import { useDeploymentPage } from "./context";
import { useDeploymentAction } from "./use-deployment-action";

export interface EndAccessDialogProps {
  entry: AccessEntry;
  onClose: () => void;
  onEnded: () => void;
}

/** Asks before a client is disconnected or a key revoked. It is open while it is mounted. */
export function EndAccessDialog({ entry, onClose, onEnded }: EndAccessDialogProps) {
  const { view, actions, removeFreshKey } = useDeploymentPage();
  const disconnecting = useDeploymentAction(actions.disconnectClient);
  const revoking = useDeploymentAction(actions.deleteKey);
  const end = async ({ kind, id, name }: AccessEntry) => {
    const result =
      kind === "client"
        ? await disconnecting.run({ id: view.id, clientId: id })
        : await revoking.run({ id: view.id, keyId: id });
    if (!result.ok) return;
    if (kind === "key") removeFreshKey(id);
    toast.success(kind === "client" ? `${name} was disconnected.` : `Revoked “${name}”.`);
    onEnded();
    onClose();
  };
  return (
    <AlertDialog open onOpenChange={(open) => !open && onClose()}>
      <AlertDialogContent onCloseAutoFocus={useReturnFocus()}>
        <AlertDialogHeader>
          <AlertDialogTitle>
            {entry.kind === "client" ? `Disconnect ${entry.name}?` : `Revoke “${entry.name}”?`}
          </AlertDialogTitle>
          <AlertDialogDescription>
            {entry.kind === "client"
              ? `Its calls for ${entry.person} get 401 from now on. It can be connected again at any time by signing in.`
              : `Clients of ${entry.person} that use it stop working at once. This cannot be undone, but a new key can be created at any time.`}
          </AlertDialogDescription>
        </AlertDialogHeader>
        <AlertDialogFooter>
          <AlertDialogCancel>Cancel</AlertDialogCancel>
          <AlertDialogAction
            variant="destructive"
            disabled={disconnecting.isBusy || revoking.isBusy}
            onClick={(event) => {
              // Radix would close the dialog before it is done.
              event.preventDefault();
              void end(entry);
            }}
          >
            {entry.kind === "client" ? "Disconnect" : "Revoke"}
          </AlertDialogAction>
        </AlertDialogFooter>
      </AlertDialogContent>
    </AlertDialog>
  );
}
