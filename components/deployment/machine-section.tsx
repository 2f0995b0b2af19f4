"use client";

import { type FormEvent, useId, useState } from "react";
import { toast } from "sonner";
import { FormProblem } from "@/components/auth/form-problem";
import { CostEstimate } from "@/components/machine/cost-estimate";
import { MachineFields } from "@/components/machine/machine-fields";
import { Button } from "@/components/ui/button";
import { Spinner } from "@/components/ui/spinner";
import type { DeploymentStatus, MachineView } from "@/lib/deployments/view";
import type { ErrorBody } from "@/lib/errors/app-error";
import type { MachineSize } from "@/lib/runtime/runtime";
import { useDeploymentPage } from "./context";

/** The machine's place, size and sleep: as they are, and to be changed. */
export function MachineSection({ machine }: { machine: MachineView }) {
  const { view, actions, refresh, defaultRegion } = useDeploymentPage();
  const id = useId();
  const kept: MachineSize = { region: machine.region, memoryMb: machine.memoryMb, alwaysOn: machine.alwaysOn };
  const [draft, setDraft] = useState<MachineSize | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<ErrorBody | null>(null);
  const value = draft ?? kept;
  const isChanged =
    value.region !== kept.region || value.memoryMb !== kept.memoryMb || value.alwaysOn !== kept.alwaysOn;

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (isBusy || !isChanged) return;
    setIsBusy(true);
    setError(null);
    const result = await actions.updateMachine({ id: view.id, ...value }).catch(() => null);
    setIsBusy(false);
    refresh();
    if (result?.ok) {
      setDraft(null);
      toast.success(describeSaved(kept, value, view.status));
    } else {
      setError(result?.error ?? NO_ANSWER);
    }
  }

  return (
    <section aria-labelledby={`${id}-title`} data-part="machine" className="grid min-w-0 gap-3">
      <h2 id={`${id}-title`} className="font-semibold text-base leading-6">
        Machine
      </h2>
      <p className="text-muted-foreground leading-6">{machine.state}</p>
      <form onSubmit={submit} noValidate className="grid min-w-0 gap-5 rounded-xl border p-4 sm:p-5">
        <MachineFields value={value} onChange={setDraft} defaultRegion={defaultRegion} problems={error?.fields ?? {}} />
        <CostEstimate size={value} />
        {error && !error.fields && <FormProblem>{[error.message, error.hint].filter(Boolean).join(" ")}</FormProblem>}
        <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
          <Button type="submit" variant="outline" disabled={!isChanged} aria-disabled={isBusy || undefined}>
            {isBusy && <Spinner />}
            {labelSubmit(kept, value, view.status)}
          </Button>
          {isChanged && (
            <>
              <Button variant="ghost" onClick={() => setDraft(null)}>
                Discard
              </Button>
              <p role="status" className="min-w-0 flex-1 basis-64 text-[0.8125rem] text-muted-foreground leading-5">
                {describeConsequence(kept, value, view.status)}
              </p>
            </>
          )}
        </div>
      </form>
    </section>
  );
}

/** What the button does: a machine in another region is another machine. */
function labelSubmit(kept: MachineSize, value: MachineSize, status: DeploymentStatus): string {
  if (status === "stopped") return "Save";
  return kept.region !== value.region ? "Save and move" : "Save and restart";
}

function describeSaved(kept: MachineSize, value: MachineSize, status: DeploymentStatus): string {
  if (status === "stopped") return "Saved, for the next start.";
  return kept.region !== value.region
    ? "The new machine is being made; the one before serves until it answers."
    : "Saved. The machine is being changed.";
}

/** What saving does, before it is done. */
function describeConsequence(kept: MachineSize, value: MachineSize, status: DeploymentStatus): string {
  if (kept.region !== value.region) {
    const when = status === "stopped" ? "With the next start a" : "A";
    const meanwhile =
      status === "stopped"
        ? ""
        : " The machine that you have goes on serving until that one has answered, or if it cannot be made.";
    return `${when} new machine is made in the other region and the server is installed there.${meanwhile} Files that the server itself wrote to its machine are not taken along: they are deleted with the old one. Credentials, the URL, keys and sessions stay the same.`;
  }
  if (status === "stopped") return "It counts from the next start.";
  return "The machine restarts with it, which takes a moment: calls under way may fail, new ones wait, and sessions and files stay. If it does not come up so, it is put back.";
}

const NO_ANSWER: ErrorBody = {
  code: "internal",
  message: "Catwalk did not answer, so nothing may have been saved.",
  hint: "Try again in a moment.",
  docs: "docs/errors.md#internal",
};
