import type { ReactNode } from "react";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";

/** Lets an admin look at a section that the owner alone can change: its controls are disabled. */
export function ReadOnly({ isReadOnly, children }: { isReadOnly: boolean; children: ReactNode }) {
  if (!isReadOnly) return children;
  return (
    <>
      <Alert>
        <AlertTitle>You can look at this, and not change it</AlertTitle>
        <AlertDescription>Ask the owner of this Catwalk to change something here.</AlertDescription>
      </Alert>
      <fieldset disabled className="grid min-w-0 gap-6">
        {children}
      </fieldset>
    </>
  );
}
