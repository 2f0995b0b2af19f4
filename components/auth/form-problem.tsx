import { CircleAlert } from "lucide-react";
import { Alert, AlertTitle } from "@/components/ui/alert";

/** Error of a form as a whole. */
export function FormProblem({ children }: { children: string | null | undefined }) {
  if (!children) return null;
  return (
    <Alert variant="destructive">
      <CircleAlert aria-hidden="true" />
      <AlertTitle>{children}</AlertTitle>
    </Alert>
  );
}
