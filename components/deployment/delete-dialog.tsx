"use client";

import { Trash2 } from "lucide-react";
import { type FormEvent, useId, useRef, useState } from "react";
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
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ActionButton } from "./action-button";
import { useDeploymentPage } from "./context";
import { useDeploymentAction } from "./use-deployment-action";

export interface DeleteDialogProps {
  onClose: () => void;
}

/** Asks for the deployment's name and says what is deleted, then deletes it. It is open while it is mounted. */
export function DeleteDialog({ onClose }: DeleteDialogProps) {
  const { view, actions } = useDeploymentPage();
  const { run, isBusy } = useDeploymentAction(actions.remove);
  const [typed, setTyped] = useState("");
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const matches = typed.trim() === view.name.trim();
  const secretCount = view.inputs.filter((input) => input.isSet).length;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!matches || isBusy) return;
    if ((await run({ id: view.id })).ok) onClose();
  };

  return (
    <AlertDialog open onOpenChange={(open) => !open && onClose()}>
      <AlertDialogContent
        onCloseAutoFocus={useReturnFocus()}
        onOpenAutoFocus={(event) => {
          // By default Radix focuses the Cancel button, and a space in the typed name would press it.
          event.preventDefault();
          field.current?.focus();
        }}
      >
        <form onSubmit={submit} className="grid min-w-0 gap-4">
          <AlertDialogHeader>
            <AlertDialogTitle>Delete “{view.name}”?</AlertDialogTitle>
            <AlertDialogDescription>This cannot be undone. It deletes:</AlertDialogDescription>
          </AlertDialogHeader>
          <ul className="grid list-disc gap-1 pl-5 text-sm leading-5 marker:text-muted-foreground">
            <li>the machine with everything that is installed on it or that the server wrote there</li>
            <li>
              {secretCount === 0
                ? "its settings"
                : `the values of its ${secretCount === 1 ? "input" : `${secretCount} inputs`}`}
            </li>
            <li>all its access keys and call records</li>
            <li>its URL: connected clients stop working</li>
          </ul>
          <Field
            label={
              <>
                Type <span className="break-all font-mono text-[0.8125rem]">{view.name}</span> to continue
              </>
            }
            htmlFor={id}
          >
            <Input
              ref={field}
              value={typed}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => setTyped(event.target.value)}
            />
          </Field>
          <AlertDialogFooter>
            <AlertDialogCancel>Cancel</AlertDialogCancel>
            <ActionButton type="submit" icon={Trash2} isBusy={isBusy} variant="destructive" disabled={!matches}>
              Delete permanently
            </ActionButton>
          </AlertDialogFooter>
        </form>
      </AlertDialogContent>
    </AlertDialog>
  );
}
