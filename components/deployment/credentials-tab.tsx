"use client";

import { InputsForm } from "@/components/inputs/inputs-form";
import { useDeploymentPage } from "./context";
import { useSaveInputs } from "./use-save-inputs";

/** Form for the values of the server's inputs. Secrets can be replaced but not read. */
export function CredentialsTab() {
  const { view } = useDeploymentPage();
  const save = useSaveInputs(
    view.status === "stopped"
      ? "Saved. The next start uses the new values."
      : "Saved. The server restarts with the new values.",
  );
  if (view.inputs.length === 0) {
    return (
      <p className="rounded-xl border border-dashed px-6 py-10 text-center text-muted-foreground">
        This server needs no credentials and no settings.
      </p>
    );
  }
  return (
    <div className="grid max-w-2xl min-w-0 gap-6">
      <p className="text-muted-foreground leading-6">
        Fields that you do not change keep their value. Saving restarts the server. The URL and the access keys stay the
        same.
      </p>
      <InputsForm
        inputs={view.inputs}
        alternatives={view.alternatives}
        onSubmit={save}
        submitLabel="Save and restart"
        busyLabel="Saving"
      />
    </div>
  );
}
