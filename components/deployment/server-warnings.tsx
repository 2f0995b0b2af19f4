"use client";

import { TriangleAlert } from "lucide-react";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import { useDeploymentPage } from "./context";

/** Lists what the server answers against the specification of MCP, or renders nothing. */
export function ServerWarnings() {
  const { warnings } = useDeploymentPage().view;
  if (warnings.length === 0) return null;
  return (
    <Alert variant="warning">
      <TriangleAlert aria-hidden="true" />
      <AlertTitle>The server works, but breaks the MCP specification</AlertTitle>
      <AlertDescription>
        <p>Some clients may refuse it. Its maker can correct this:</p>
        <ul className="list-disc pl-5">
          {warnings.map((warning) => (
            <li key={warning} className="break-words">
              {warning}
            </li>
          ))}
        </ul>
      </AlertDescription>
    </Alert>
  );
}
