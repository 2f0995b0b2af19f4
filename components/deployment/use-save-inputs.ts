import type { SubmitInputs } from "@/components/inputs/inputs-form";
import { toast } from "@/components/ui/toast";
import type { ExtraInput } from "@/lib/deployments/inputs/extra-inputs";
import type { ErrorBody } from "@/lib/errors/app-error";
import { useDeploymentPage } from "./context";

const NO_ANSWER: ErrorBody = {
  code: "internal",
  message: "Catwalk did not answer. Your changes may not be saved.",
  hint: "Try again in a moment.",
  docs: "docs/errors.md#internal",
};

/**
 * Returns a function that saves values of the deployment's inputs and returns the error to show, or null on success.
 *
 * @param saved what to say then
 * @param edits inputs that the person added, and what to do once they are saved
 */
export function useSaveInputs(
  saved: string,
  { added = [], onSaved = () => {} }: { added?: ExtraInput[]; onSaved?: () => void } = {},
): SubmitInputs {
  const { view, actions, refresh } = useDeploymentPage();
  return async (inputs, notNeeded) => {
    try {
      const result = await actions.replaceInputs({ id: view.id, inputs, notNeeded, extraInputs: added });
      if (!result.ok) return result.error;
      toast.success(saved);
      onSaved();
      return null;
    } catch {
      return NO_ANSWER;
    } finally {
      refresh();
    }
  };
}
