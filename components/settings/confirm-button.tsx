"use client";

import type { ReactNode } from "react";
import { useLazyDialog } from "@/components/hooks/use-lazy-dialog";
import { useServerAction } from "@/components/hooks/use-server-action";
import { Button, type ButtonProps } from "@/components/ui/button";
import type { ActionResult } from "@/lib/http/user-action";

export interface ConfirmButtonProps<I> {
  /** Label of the button that opens the dialog. */
  label: ReactNode;
  /** Accessible name where the label alone is ambiguous: "Revoke laptop". */
  accessibleLabel?: string;
  title: string;
  /** Consequences, in one or two sentences. */
  description: ReactNode;
  /** Label of the button that confirms. */
  confirmLabel: string;
  action: (input: I) => Promise<ActionResult<unknown>>;
  input: I;
  onDone?: () => void;
  size?: ButtonProps["size"];
}

/** Button for an action that cannot be undone. Asks for confirmation, and shows an error in the same dialog. */
export function ConfirmButton<I>(props: ConfirmButtonProps<I>) {
  const { label, accessibleLabel, title, description, confirmLabel, action, input, onDone, size = "sm" } = props;
  const { run, isBusy, problem } = useServerAction(action);
  const { Dialog, triggerProps, close } = useLazyDialog(() =>
    import("./confirm-dialog").then((dialog) => dialog.ConfirmDialog),
  );
  const confirm = async () => {
    if (!(await run(input)).ok) return;
    close();
    onDone?.();
  };
  return (
    <>
      <Button variant="outline" size={size} aria-label={accessibleLabel} {...triggerProps}>
        {label}
      </Button>
      {Dialog && (
        <Dialog
          title={title}
          description={description}
          confirmLabel={confirmLabel}
          isBusy={isBusy}
          problem={problem}
          onConfirm={() => void confirm()}
          onClose={close}
        />
      )}
    </>
  );
}
