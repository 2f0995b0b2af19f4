"use client";

import { CirclePause, Moon, Play, Trash2 } from "lucide-react";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import { ActionButton } from "./action-button";
import { useDeploymentPage } from "./context";
import { useDeploymentAction } from "./use-deployment-action";

/** What a person should know of a deployment that rests or goes, with the way back where there is one. */
export function StateNotice() {
  const { view, actions } = useDeploymentPage();
  const { run, isBusy } = useDeploymentAction(actions.start);
  const start = (label: string) => (
    <ActionButton
      icon={Play}
      isBusy={isBusy}
      size="sm"
      variant="outline"
      className="mt-2 w-fit"
      onClick={() => run({ id: view.id })}
    >
      {label}
    </ActionButton>
  );
  switch (view.status) {
    case "stopped":
      return (
        <Alert>
          <CirclePause aria-hidden="true" />
          <AlertTitle>Stopped</AlertTitle>
          <AlertDescription>
            <p>Clients get an error until you start it again. Its URL, keys and credentials are kept.</p>
            {start("Start")}
          </AlertDescription>
        </Alert>
      );
    case "sleeping":
      return (
        <Alert variant="info">
          <Moon aria-hidden="true" />
          <AlertTitle>Sleeping</AlertTitle>
          <AlertDescription>
            <p>It does not run right now. The next call wakes it; the first answer takes a moment longer.</p>
            {start("Wake it now")}
          </AlertDescription>
        </Alert>
      );
    case "deleting":
      return (
        <Alert>
          <Trash2 aria-hidden="true" />
          <AlertTitle>Deleting</AlertTitle>
          <AlertDescription>
            The machine, what it installed, the credentials, access keys and call records are being removed. You can
            close this page.
          </AlertDescription>
        </Alert>
      );
    default:
      return null;
  }
}
