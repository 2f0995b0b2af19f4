import { CircleAlert, Laptop, Server } from "lucide-react";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import type { FlyOverview } from "@/lib/settings/fly";
import type { MachinesView } from "@/lib/settings/machines";

/** Where new servers run, and why. */
export function RuntimeCard({ view }: { view: MachinesView }) {
  const { fly, deployments, canRunHere } = view;
  const isFly = fly.runtime.name === "fly";
  const isNowhere = isFly ? fly.token.origin === "none" : !canRunHere;
  const Icon = isFly ? Server : Laptop;
  return (
    <Card>
      <CardHeader>
        <CardTitle>Where servers run</CardTitle>
        <CardDescription>A server stays where it was deployed; this is about new ones.</CardDescription>
      </CardHeader>
      <CardContent className="grid gap-4">
        {isNowhere ? (
          <Alert variant="warning">
            <CircleAlert aria-hidden="true" />
            <AlertTitle>Nowhere yet</AlertTitle>
            <AlertDescription>
              {isFly
                ? "RUNTIME says Fly, and no token of Fly is set."
                : "On Vercel no server can run beside Catwalk: they run on Fly, and no token of Fly is set."}{" "}
              Nothing can be deployed until there is one.
            </AlertDescription>
          </Alert>
        ) : (
          <div className="grid grid-cols-[1rem_minmax(0,1fr)] gap-x-3">
            <Icon aria-hidden="true" className="mt-1 size-4" />
            <div className="grid gap-0.5">
              <p className="font-medium leading-6">{isFly ? "On Fly Machines" : "On this host"}</p>
              <p className="text-muted-foreground leading-6">
                {isFly
                  ? "Each server has an isolated machine of its own, which sleeps when nobody calls."
                  : "Servers are processes of this computer, with the rights of the account that runs Catwalk."}{" "}
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
  if (origin === "environment") return "The environment says so.";
  return name === "fly" ? "That is because a Fly token is set below." : "With a Fly token they would run on Fly.";
}

function describeUse({ local, fly }: MachinesView["deployments"]): string {
  const count = (number: number) => (number === 1 ? "1 server runs" : `${number} servers run`);
  if (fly === 0) return `${count(local)} on this host, none on Fly.`;
  if (local === 0) return `${count(fly)} on Fly, none on this host.`;
  return `${count(fly)} on Fly, ${local} on this host.`;
}
