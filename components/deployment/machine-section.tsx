"use client";

import { type FormEvent, useId, useState } from "react";
import { FormProblem } from "@/components/auth/form-problem";
import { CostEstimate } from "@/components/machine/cost-estimate";
import { MachineFields } from "@/components/machine/machine-fields";
import { Button } from "@/components/ui/button";
import { Spinner } from "@/components/ui/spinner";
import { toast } from "@/components/ui/toast";
import type { DeploymentStatus, MachineView } from "@/lib/deployments/view";
import type { ErrorBody } from "@/lib/errors/app-error";
import type { MachineSize } from "@/lib/runtime/runtime";
import { useDeploymentPage } from "./context";

/** Shows the machine's region, memory and sleep setting, and lets the person change them. */
export function MachineSection({ machine }: { machine: MachineView }) {
  const { view, actions, refresh, defaultRegion } = useDeploymentPage();
  const id = useId();
  const current: MachineSize = { region: machine.region, memoryMb: machine.memoryMb, alwaysOn: machine.alwaysOn };
  const [draft, setDraft] = useState<MachineSize | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<ErrorBody | null>(null);
  const value = draft ?? current;
  const isChanged =
    value.region !== current.region || value.memoryMb !== current.memoryMb || value.alwaysOn !== current.alwaysOn;

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
      toast.success(describeSaved(current, value, view.status));
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
            {labelSubmit(current, value, view.status)}
          </Button>
          {isChanged && (
            <>
              <Button variant="ghost" onClick={() => setDraft(null)}>
                Discard
              </Button>
              <p role="status" className="min-w-0 flex-1 basis-64 text-[0.8125rem] text-muted-foreground leading-5">
                {describeConsequence(current, value, view.status)}
              </p>
            </>
          )}
        </div>
      </form>
    </section>
  );
}

/** Labels the button by what saving does: another region needs another machine. */
function labelSubmit(current: MachineSize, value: MachineSize, status: DeploymentStatus): string {
  if (status === "stopped") return "Save";
  return current.region !== value.region ? "Save and move" : "Save and restart";
}

function describeSaved(current: MachineSize, value: MachineSize, status: DeploymentStatus): string {
  if (status === "stopped") return "Saved. The next start uses the new settings.";
  return current.region !== value.region
    ? "Creating the new machine. The current one serves until it answers."
    : "Saved. Changing the machine.";
}

/** Says what saving will do. */
function describeConsequence(current: MachineSize, value: MachineSize, status: DeploymentStatus): string {
  if (current.region !== value.region) {
    const when = status === "stopped" ? "The next start creates a" : "Catwalk creates a";
    const meanwhile =
      status === "stopped"
        ? ""
        : " The current machine serves until the new one answers, and stays if the new one cannot be created.";
    return `${when} new machine in the other region and installs the server there.${meanwhile} Files that the server wrote to its machine are not moved: they are deleted with the old machine. Credentials, the URL, keys and sessions stay the same.`;
  }
  if (status === "stopped") return "The next start uses it.";
  return "The machine restarts, which takes a moment: calls in flight may fail and new calls wait. Sessions and files stay. If the machine does not start, Catwalk restores the current settings.";
}

const NO_ANSWER: ErrorBody = {
  code: "internal",
  message: "Catwalk did not answer. Your changes may not be saved.",
  hint: "Try again in a moment.",
  docs: "docs/errors.md#internal",
};
