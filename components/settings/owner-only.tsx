import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";

/** Replaces a section that members cannot see. */
export function OwnerOnly() {
  return (
    <Alert>
      <AlertTitle>Only the owner and admins can see this</AlertTitle>
      <AlertDescription>Ask the owner of this Catwalk to change something here.</AlertDescription>
    </Alert>
  );
}
