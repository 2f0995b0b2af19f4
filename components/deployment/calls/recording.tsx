import { useId } from "react";
import { Switch } from "@/components/ui/switch";
import { useDeploymentPage } from "../context";
import { useDeploymentAction } from "../use-deployment-action";

/** Turns the recording of arguments and results on and off. */
export function Recording() {
  const { view, actions } = useDeploymentPage();
  const { run, isBusy } = useDeploymentAction(actions.recordPayloads);
  const id = useId();
  return (
    <div className="flex min-w-0 items-start gap-3">
      <Switch
        id={id}
        checked={view.recordsPayloads}
        disabled={isBusy}
        aria-describedby={`${id}-help`}
        onCheckedChange={(isOn) => void run({ id: view.id, isOn })}
        className="mt-0.5"
      />
      <div className="grid min-w-0 gap-0.5">
        <label htmlFor={id} className="font-medium text-sm leading-6">
          Record arguments and results
        </label>
        <p id={`${id}-help`} className="max-w-2xl text-[0.8125rem] text-muted-foreground leading-5">
          {view.recordsPayloads
            ? "The first 16 KB of what clients send and get are stored, encrypted, without this server's own secrets. Turning it off deletes them."
            : "Off: arguments and results are not stored. When on, they are stored encrypted, and only you can see them here."}
        </p>
      </div>
    </div>
  );
}
