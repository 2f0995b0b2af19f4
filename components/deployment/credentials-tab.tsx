"use client";

import { InputsForm } from "@/components/inputs/inputs-form";
import { toast } from "@/components/ui/toast";
import type { ErrorBody } from "@/lib/errors/app-error";
import { useDeploymentPage } from "./context";

const NO_ANSWER: ErrorBody = {
  code: "internal",
  message: "Catwalk did not answer. Your changes may not be saved.",
  hint: "Try again in a moment.",
  docs: "docs/errors.md#internal",
};

/** Form for the values of the server's inputs. Secrets can be replaced but not read. */
export function CredentialsTab() {
  const { view, actions, refresh } = useDeploymentPage();
  if (view.inputs.length === 0) {
    return (
      <p className="rounded-xl border border-dashed px-6 py-10 text-center text-muted-foreground">
        This server needs no credentials and no settings.
      </p>
    );
  }
  const save = async (inputs: Record<string, string>): Promise<ErrorBody | null> => {
    try {
      const result = await actions.replaceInputs({ id: view.id, inputs });
      if (!result.ok) return result.error;
      toast.success(
        view.status === "stopped"
          ? "Saved. The next start uses the new values."
          : "Saved. The server restarts with the new values.",
      );
      return null;
    } catch {
      return NO_ANSWER;
    } finally {
      refresh();
    }
  };
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
