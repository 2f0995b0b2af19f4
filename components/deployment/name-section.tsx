"use client";

import { type FormEvent, useId, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Spinner } from "@/components/ui/spinner";
import { toast } from "@/components/ui/toast";
import { useDeploymentPage } from "./context";

const MAX_NAME_LENGTH = 100;

/** Form to rename the deployment. */
export function NameSection() {
  const { view, actions, refresh } = useDeploymentPage();
  const id = useId();
  const [draft, setDraft] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const name = (draft ?? view.name).trim();

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (isBusy) return;
    if (name === "") return setProblem("Enter a name.");
    setIsBusy(true);
    setProblem(null);
    const result = await actions.rename({ id: view.id, name }).catch(() => null);
    setIsBusy(false);
    refresh();
    if (result?.ok) {
      setDraft(null);
      toast.success("Renamed.");
    } else {
      setProblem(
        result?.error.fields?.name ?? result?.error.message ?? "Catwalk did not answer. Try again in a moment.",
      );
    }
  }

  return (
    <form onSubmit={submit} noValidate className="grid max-w-2xl min-w-0">
      <Field label="Name" htmlFor={`${id}-name`} error={problem} help="How Catwalk lists it. The URL stays the same.">
        <div className="flex gap-2 max-sm:flex-col">
          <Input
            value={draft ?? view.name}
            maxLength={MAX_NAME_LENGTH}
            autoComplete="off"
            onChange={(event) => setDraft(event.target.value)}
          />
          <Button type="submit" variant="outline" disabled={name === view.name} aria-disabled={isBusy || undefined}>
            {isBusy && <Spinner />}
            Rename
          </Button>
        </div>
      </Field>
    </form>
  );
}
