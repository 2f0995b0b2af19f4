"use client";

import { type ReactNode, useState } from "react";
import { FormProblem } from "@/components/auth/form-problem";
import { useServerAction } from "@/components/hooks/use-server-action";
import {
  AlertDialog,
  AlertDialogCancel,
  AlertDialogContent,
  AlertDialogDescription,
  AlertDialogFooter,
  AlertDialogHeader,
  AlertDialogTitle,
  AlertDialogTrigger,
} from "@/components/ui/alert-dialog";
import { Button, type ButtonProps } from "@/components/ui/button";
import { Spinner } from "@/components/ui/spinner";
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
  const [isOpen, setIsOpen] = useState(false);
  const { run, isBusy, problem } = useServerAction(action);
  return (
    <AlertDialog open={isOpen} onOpenChange={(open) => !isBusy && setIsOpen(open)}>
      <AlertDialogTrigger asChild>
        <Button variant="outline" size={size} aria-label={accessibleLabel}>
          {label}
        </Button>
      </AlertDialogTrigger>
      <AlertDialogContent>
        <AlertDialogHeader>
          <AlertDialogTitle>{title}</AlertDialogTitle>
          <AlertDialogDescription>{description}</AlertDialogDescription>
        </AlertDialogHeader>
        <FormProblem>{problem}</FormProblem>
        <AlertDialogFooter>
          <AlertDialogCancel disabled={isBusy}>Cancel</AlertDialogCancel>
          <Button
            variant="destructive"
            disabled={isBusy}
            onClick={async () => {
              if (!(await run(input)).ok) return;
              setIsOpen(false);
              onDone?.();
            }}
          >
            {isBusy && <Spinner />}
            {confirmLabel}
          </Button>
        </AlertDialogFooter>
      </AlertDialogContent>
    </AlertDialog>
  );
}
