"use client";

import { KeyRound } from "lucide-react";
import { ActionButton } from "@/components/deployment/action-button";
import { type FreshKey, useDeploymentPage } from "@/components/deployment/context";
import { useDeploymentAction } from "@/components/deployment/use-deployment-action";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import type { ClientId } from "./clients";

export interface ClientKeyProps {
  clientId: ClientId;
  /** Name of the key that the button creates. */
  keyName: string;
  /** The key that the settings below contain, if the page knows one. */
  freshKey: FreshKey | undefined;
}

/** Creates the access key of one client with one click, or says which key the settings below contain. */
export function ClientKey({ clientId, keyName, freshKey }: ClientKeyProps) {
  const { view, actions, addFreshKey, removeFreshKey } = useDeploymentPage();
  const { run, isBusy } = useDeploymentAction(actions.createKey);

  if (freshKey) {
    return (
      <Alert variant="success" role="status">
        <KeyRound aria-hidden="true" />
        <AlertTitle>The key “{freshKey.name}” is filled in below</AlertTitle>
        <AlertDescription className="flex min-w-0 flex-wrap items-center justify-between gap-x-4 gap-y-2">
          <p className="min-w-0 flex-1 basis-64">
            Copy it now. Catwalk cannot show it again after you leave this page.
          </p>
          <Button variant="outline" size="sm" onClick={() => removeFreshKey(freshKey.id)}>
            Hide the key
          </Button>
        </AlertDescription>
      </Alert>
    );
  }
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-x-4 gap-y-3">
      <ActionButton
        icon={KeyRound}
        isBusy={isBusy}
        variant="brand"
        size="lg"
        onClick={async () => {
          const result = await run({ id: view.id, name: keyName });
          if (result.ok) addFreshKey({ ...result.data, name: keyName, clientId });
        }}
      >
        Create a key
      </ActionButton>
      <p className="min-w-0 flex-1 basis-64 text-muted-foreground leading-5">
        Creates the key “{keyName}” and fills it in below. If you have a key, replace{" "}
        <code className="font-mono text-[0.8125rem]">YOUR_ACCESS_KEY</code> with it.
      </p>
    </div>
  );
}
