import { CircleAlert, Laptop, Server } from "lucide-react";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import type { FlyOverview } from "@/lib/settings/fly";
import type { MachinesView } from "@/lib/settings/machines";

/** Shows where new servers run, and why. */
export function RuntimeCard({ view }: { view: MachinesView }) {
  const { fly, deployments, canRunHere } = view;
  const isFly = fly.runtime.name === "fly";
  const isNowhere = isFly ? fly.token.origin === "none" : !canRunHere;
  const Icon = isFly ? Server : Laptop;
  return (
    <Card>
      <CardHeader>
        <CardTitle>Where servers run</CardTitle>
        <CardDescription>This applies to new servers. Existing ones stay where they are.</CardDescription>
      </CardHeader>
      <CardContent className="grid gap-4">
        {isNowhere ? (
          <Alert variant="warning">
            <CircleAlert aria-hidden="true" />
            <AlertTitle>Nowhere yet</AlertTitle>
            <AlertDescription>
              {isFly
                ? "RUNTIME is set to fly, but there is no Fly token."
                : "On Vercel, servers run on Fly, but there is no Fly token."}{" "}
              Add one to deploy servers.
            </AlertDescription>
          </Alert>
        ) : (
          <div className="grid grid-cols-[1rem_minmax(0,1fr)] gap-x-3">
            <Icon aria-hidden="true" className="mt-1 size-4" />
            <div className="grid gap-0.5">
              <p className="font-medium leading-6">{isFly ? "On Fly Machines" : "On this computer"}</p>
              <p className="text-muted-foreground leading-6">
                {isFly
                  ? "Each server has an isolated machine of its own, which sleeps when idle."
                  : "Servers run as processes with the permissions of the account that runs Catwalk."}{" "}
                {describeReason(fly.runtime)}
              </p>
            </div>
          </div>
        )}
        {deployments.local + deployments.fly > 0 && (
          <p className="text-[0.8125rem] text-muted-foreground">{describeUse(deployments)}</p>
        )}
      </CardContent>
    </Card>
  );
}

function describeReason({ name, origin }: FlyOverview["runtime"]): string {
  if (origin === "environment") return "The environment sets this.";
  return name === "fly" ? "A Fly token is set below." : "With a Fly token, they run on Fly.";
}

function describeUse({ local, fly }: MachinesView["deployments"]): string {
  const count = (number: number) => (number === 1 ? "1 server runs" : `${number} servers run`);
  if (fly === 0) return `${count(local)} on this computer, none on Fly.`;
  if (local === 0) return `${count(fly)} on Fly, none on this computer.`;
  return `${count(fly)} on Fly, ${local} on this computer.`;
}
