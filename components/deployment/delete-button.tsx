"use client";

import { Trash2 } from "lucide-react";
import { useLazyDialog } from "@/components/hooks/use-lazy-dialog";
import { Button } from "@/components/ui/button";

/** Button that opens the dialog which deletes the deployment. */
export function DeleteButton() {
  const { Dialog, triggerProps, close } = useLazyDialog(() =>
    import("./delete-dialog").then((dialog) => dialog.DeleteDialog),
  );
  return (
    <>
      <Button variant="destructive" {...triggerProps}>
        <Trash2 aria-hidden="true" />
        Delete
      </Button>
      {Dialog && <Dialog onClose={close} />}
    </>
  );
}
