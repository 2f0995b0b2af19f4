"use client";

import { InputsForm } from "@/components/inputs/inputs-form";
import type { AskedInputs } from "./step-display";
import { useSaveInputs } from "./use-save-inputs";

/** Asks for the inputs that a server has named as missing. Saving them starts it again. */
export function MissingInputs({ inputs, alternatives }: AskedInputs) {
  const save = useSaveInputs("Saved. The server starts again.");
  return (
    <section aria-label="What the server asks for" className="min-w-0 rounded-md border bg-card p-4">
      <InputsForm
        inputs={inputs}
        alternatives={alternatives}
        onSubmit={save}
        submitLabel="Save and retry"
        busyLabel="Saving"
        isInline
      />
    </section>
  );
}
