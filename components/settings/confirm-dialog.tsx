"use client";

import type { ReactNode } from "react";
import { FormProblem } from "@/components/auth/form-problem";
import { useReturnFocus } from "@/components/hooks/use-return-focus";
import {
  AlertDialog,
  AlertDialogCancel,
  AlertDialogContent,
  AlertDialogDescription,
  AlertDialogFooter,
  AlertDialogHeader,
  AlertDialogTitle,
} from "@/components/ui/alert-dialog";
import { Button } from "@/components/ui/button";
import { Spinner } from "@/components/ui/spinner";

export interface ConfirmDialogProps {
  title: string;
  description: ReactNode;
  confirmLabel: string;
  isBusy: boolean;
  /** Why the last try failed. */
  problem: string | null;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks for confirmation. It is open while it is mounted. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, description, confirmLabel, isBusy, problem, onConfirm, onClose } = props;
  return (
    <AlertDialog open onOpenChange={(open) => !open && !isBusy && onClose()}>
      <AlertDialogContent onCloseAutoFocus={useReturnFocus()}>
        <AlertDialogHeader>
          <AlertDialogTitle>{title}</AlertDialogTitle>
          <AlertDialogDescription>{description}</AlertDialogDescription>
        </AlertDialogHeader>
        <FormProblem>{problem}</FormProblem>
        <AlertDialogFooter>
          <AlertDialogCancel disabled={isBusy}>Cancel</AlertDialogCancel>
          <Button variant="destructive" disabled={isBusy} onClick={onConfirm}>
            {isBusy && <Spinner />}
            {confirmLabel}
          </Button>
        </AlertDialogFooter>
      </AlertDialogContent>
    </AlertDialog>
  );
}
