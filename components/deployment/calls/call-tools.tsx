"use client";

import { ConfirmButton } from "@/components/settings/confirm-button";
import { buttonVariants } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import { useDeploymentPage } from "../context";
import { type CallChoice, formatCallAddress, isChosen } from "./call-address";

/** Exports and deletes the calls that are chosen. */
export function CallTools({ choice, onDeleted }: { choice: CallChoice; onDeleted: () => void }) {
  const { view, actions } = useDeploymentPage();
  const isFiltered = isChosen(choice);
  return (
    <div className="flex flex-wrap gap-2">
      <a
        className={buttonVariants({ variant: "outline", size: "sm" })}
        href={formatCallAddress(view.id, "/csv", choice)}
        download
      >
        Export as CSV
      </a>
      <ConfirmButton
        label={isFiltered ? "Delete these records" : "Delete all records"}
        title={isFiltered ? "Delete the records that this filter finds?" : "Delete every call record?"}
        description="The records are deleted with their arguments and results. This cannot be undone."
        confirmLabel="Delete records"
        action={actions.deleteCalls}
        input={{ id: view.id, ...choice }}
        onDone={() => {
          toast.success("The records were deleted.");
          onDeleted();
        }}
      />
    </div>
  );
}
