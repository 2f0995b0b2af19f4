import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";

/** In place of a section that a member has no business with. */
export function OwnerOnly() {
  return (
    <Alert>
      <AlertTitle>Only the owner can see this</AlertTitle>
      <AlertDescription>Ask whoever runs this Catwalk if something here should change.</AlertDescription>
    </Alert>
  );
}
