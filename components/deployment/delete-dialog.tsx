"use client";

import { Trash2 } from "lucide-react";
import { type FormEvent, useId, useRef, useState } from "react";
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
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ActionButton } from "./action-button";
import { useDeploymentPage } from "./context";
import { useDeploymentAction } from "./use-deployment-action";

/** Deletes the deployment once its name was typed; says what goes before. */
export function DeleteDialog() {
  const { view, actions } = useDeploymentPage();
  const { run, isBusy } = useDeploymentAction(actions.remove);
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const matches = typed.trim() === view.name.trim();
  const secretCount = view.inputs.filter((input) => input.isSet).length;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!matches || isBusy) return;
    if ((await run({ id: view.id })).ok) setOpen(false);
  };

  return (
    <AlertDialog
      open={open}
      onOpenChange={(next) => {
        setOpen(next);
        setTyped("");
      }}
    >
      <AlertDialogTrigger asChild>
        <Button variant="destructive">
          <Trash2 aria-hidden="true" />
          Delete
        </Button>
      </AlertDialogTrigger>
      <AlertDialogContent
        onOpenAutoFocus={(event) => {
          // What has to be typed guards enough; on the button that keeps it, a name's first space would press that.
          event.preventDefault();
          field.current?.focus();
        }}
      >
        <form onSubmit={submit} className="grid min-w-0 gap-4">
          <AlertDialogHeader>
            <AlertDialogTitle>Delete “{view.name}”?</AlertDialogTitle>
            <AlertDialogDescription>This cannot be undone. What goes:</AlertDialogDescription>
          </AlertDialogHeader>
          <ul className="grid list-disc gap-1 pl-5 text-sm leading-5 marker:text-muted-foreground">
            <li>the machine, and everything that was installed on it or that the server wrote there</li>
            <li>
              {secretCount === 0
                ? "its settings"
                : `the values of its ${secretCount === 1 ? "input" : `${secretCount} inputs`}`}
            </li>
            <li>all its access keys, and the records of its calls</li>
            <li>its URL: clients that are connected get 404 from then on</li>
          </ul>
          <Field
            label={
              <>
                Type <span className="break-all font-mono text-[0.8125rem]">{view.name}</span> to go on
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
            <AlertDialogCancel>Keep it</AlertDialogCancel>
            <ActionButton type="submit" icon={Trash2} isBusy={isBusy} variant="destructive" disabled={!matches}>
              Delete for good
            </ActionButton>
          </AlertDialogFooter>
        </form>
      </AlertDialogContent>
    </AlertDialog>
  );
}
