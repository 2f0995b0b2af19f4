"use client";

import { CirclePause, Moon, Play, Trash2 } from "lucide-react";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import { ActionButton } from "./action-button";
import { useDeploymentPage } from "./context";
import { useDeploymentAction } from "./use-deployment-action";

/** Explains a deployment that is stopped, sleeping or being deleted, with a button to start it. */
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
  // While its processes end, the badge says so, and a call would not wake it.
  if (view.desired === "stopped" && view.status !== "stopped") return null;
  switch (view.status) {
    case "stopped":
      return (
        <Alert>
          <CirclePause aria-hidden="true" />
          <AlertTitle>Stopped</AlertTitle>
          <AlertDescription>
            <p>Calls fail until you start it again. The URL, keys and credentials are kept.</p>
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
            <p>The server is not running. The next call wakes it and takes a moment longer.</p>
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
            Removing the machine with everything on it, the credentials, the access keys and the call records. You can
            close this page.
          </AlertDescription>
        </Alert>
      );
    default:
      return null;
  }
}
