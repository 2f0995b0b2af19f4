"use client";

import { CircleAlert, MapPin, Truck, X } from "lucide-react";
import { ActionButton } from "@/components/deployment/action-button";
import { useDeploymentPage } from "@/components/deployment/context";
import { useDeploymentAction } from "@/components/deployment/use-deployment-action";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import type { MachineChangeView } from "@/lib/deployments/view";
import { formatRegion } from "@/lib/runtime/fly/regions";
import { formatMemory } from "./format-memory";
import { useRegions } from "./regions";

/** Shows a running change of the machine's settings, or why the last one failed. */
export function ChangeNotice() {
  const { view, actions, defaultRegion, openTab } = useDeploymentPage();
  const { run, isBusy } = useDeploymentAction(actions.updateMachine);
  const offered = useRegions();
  const { machine } = view;
  const change = machine?.change;
  if (!machine || !change || view.status === "deleting") return null;
  const { region, memoryMb, alwaysOn } = machine;
  const place = change.to.region === null ? defaultRegion : formatRegion(change.to.region, offered);
  // Only the image differs: Catwalk recreates the machine in the same region.
  const isSame = change.to.region === region;
  const keep = () => run({ id: view.id, region, memoryMb, alwaysOn });

  if (change.state === "running") {
    // Other changes run as deployment steps, which the page already shows.
    if (change.kind !== "move") return null;
    return (
      <Alert variant="info" role="status" data-part="machine-change">
        <Truck aria-hidden="true" />
        <AlertTitle>{isSame ? "Creating a new machine" : `Moving to ${place}`}</AlertTitle>
        <AlertDescription>
          <p>
            Creating a new machine{isSame ? " from the current image" : " there"}. The current machine serves until the
            new one answers, and stays if the new one cannot be created. You can close this page.
          </p>
          <ActionButton icon={X} isBusy={isBusy} size="sm" variant="outline" className="mt-2 w-fit" onClick={keep}>
            {isSame ? "Keep the current machine" : "Stay in the current region"}
          </ActionButton>
        </AlertDescription>
      </Alert>
    );
  }
  return (
    <Alert variant="warning" role="status" data-part="machine-change">
      <CircleAlert aria-hidden="true" />
      <AlertTitle>
        {change.kind === "resize"
          ? `Not changed to ${formatSize(change)}`
          : isSame
            ? "The new machine could not be created"
            : `Not moved to ${place}`}
      </AlertTitle>
      <AlertDescription className="min-w-0">
        <p className="break-words text-foreground">{change.error?.message}</p>
        {change.error?.hint && <p className="break-words">{change.error.hint}</p>}
        <p>
          {change.kind === "move"
            ? "The current machine was not touched. Catwalk removes what the attempt left at Fly."
            : "Catwalk restored the machine’s earlier settings."}
        </p>
        {change.error?.detail && (
          <details className="min-w-0 text-[0.8125rem]">
            <summary className="w-fit cursor-default rounded-sm underline-offset-4 outline-none hover:underline focus-visible:ring-2 focus-visible:ring-ring">
              Technical details
            </summary>
            <p className="mt-1 whitespace-pre-line break-words font-mono text-xs leading-5">{change.error.detail}</p>
          </details>
        )}
        <div className="mt-2 flex flex-wrap gap-2">
          <Button size="sm" variant="outline" onClick={() => openTab("settings", "machine")}>
            <MapPin aria-hidden="true" />
            {change.kind === "move" ? "Choose another region" : "Choose other settings"}
          </Button>
          <ActionButton icon={X} isBusy={isBusy} size="sm" variant="ghost" onClick={keep}>
            Dismiss
          </ActionButton>
        </div>
      </AlertDescription>
    </Alert>
  );
}

function formatSize({ to }: MachineChangeView): string {
  return `${formatMemory(to.memoryMb)}, ${to.alwaysOn ? "always on" : "asleep when idle"}`;
}
