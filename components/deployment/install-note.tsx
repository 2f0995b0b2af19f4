import { PackageCheck } from "lucide-react";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";

/** Says that a server was installed otherwise than its package asks, and why. */
export function InstallNote({ note }: { note: string }) {
  return (
    <Alert variant="info">
      <PackageCheck aria-hidden="true" />
      <AlertTitle>Installed with older dependencies</AlertTitle>
      <AlertDescription className="break-words">{note}</AlertDescription>
    </Alert>
  );
}
