"use client";

import { toast } from "sonner";
import { InputsForm } from "@/components/inputs/inputs-form";
import type { ErrorBody } from "@/lib/errors/app-error";
import { useDeploymentPage } from "./context";

const NO_ANSWER: ErrorBody = {
  code: "internal",
  message: "Catwalk did not answer, so nothing may have been saved.",
  hint: "Try again in a moment.",
  docs: "docs/errors.md#internal",
};

/** The values of the server's inputs: replaced here, and read back only where they are no secrets. */
export function CredentialsTab() {
  const { view, actions, refresh } = useDeploymentPage();
  if (view.inputs.length === 0) {
    return (
      <p className="rounded-xl border border-dashed px-6 py-10 text-center text-muted-foreground">
        This server asks for no credentials and no settings.
      </p>
    );
  }
  const save = async (inputs: Record<string, string>): Promise<ErrorBody | null> => {
    try {
      const result = await actions.replaceInputs({ id: view.id, inputs });
      if (!result.ok) return result.error;
      toast.success(
        view.status === "stopped" ? "Saved, for the next start." : "Saved. The server restarts with the new values.",
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
        What you leave as it is stays. Saving restarts the server with the new values; the URL and the access keys stay
        the same.
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
