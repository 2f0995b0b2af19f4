"use client";

import { useState } from "react";
import { InputsForm } from "@/components/inputs/inputs-form";
import type { ExtraInput } from "@/lib/deployments/inputs/extra-inputs";
import { useDeploymentPage } from "./context";
import { useSaveInputs } from "./use-save-inputs";

/** Form for the values of the server's inputs. Secrets can be replaced but not read. */
export function CredentialsTab() {
  const { view } = useDeploymentPage();
  const [added, setAdded] = useState<ExtraInput[]>([]);
  const save = useSaveInputs(
    view.status === "stopped"
      ? "Saved. The next start uses the new values."
      : "Saved. The server restarts with the new values.",
    { added, onSaved: () => setAdded([]) },
  );
  return (
    <div className="grid max-w-2xl min-w-0 gap-6">
      <p className="text-muted-foreground leading-6">
        {view.inputs.length === 0 && "This server needs no credentials and no settings. "}
        Fields that you do not change keep their value. Saving restarts the server. The URL and the access keys stay the
        same.
      </p>
      <InputsForm
        inputs={view.inputs}
        alternatives={view.alternatives}
        onSubmit={save}
        added={added}
        onAddedChange={setAdded}
        submitLabel="Save and restart"
        busyLabel="Saving"
      />
    </div>
  );
}
