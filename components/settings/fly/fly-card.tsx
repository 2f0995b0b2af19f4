"use client";

import { useState } from "react";
import { FormProblem } from "@/components/auth/form-problem";
import { useServerAction } from "@/components/hooks/use-server-action";
import { ConfirmButton } from "@/components/settings/confirm-button";
import { SecretState } from "@/components/settings/secret-state";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Spinner } from "@/components/ui/spinner";
import type { ActionResult } from "@/lib/http/user-action";
import { formatRegion } from "@/lib/runtime/fly/regions";
import type { FlyCheck, FlyOverview } from "@/lib/settings/fly";
import type { Origin } from "@/lib/settings/language-model";
import type { MachinesView } from "@/lib/settings/machines";
import { CheckLines } from "./check-lines";
import { type FlyAction, FlyForm } from "./fly-form";
import { OtherOrganizations } from "./other-organizations";

export interface FlyCardProps {
  view: MachinesView;
  save: FlyAction;
  check: FlyAction;
  remove: (input: Record<string, never>) => Promise<ActionResult<null>>;
}

/** Settings for Fly: token, organization, region and image. */
export function FlyCard({ view, save, check, remove }: FlyCardProps) {
  const { fly } = view;
  const [isChanging, setIsChanging] = useState(false);
  const [found, setFound] = useState<FlyCheck | null>(null);
  const { run, isBusy, problem } = useServerAction(check);
  const hasToken = fly.token.origin !== "none";
  const canChange = [fly.token, fly.org, fly.region, fly.image].some(({ origin }) => origin !== "environment");
  const isEditing = canChange && (!hasToken || isChanging);

  async function checkStored() {
    setFound(null);
    const { org, region, image } = fly;
    const result = await run({
      token: "",
      org: org.value,
      region: region.value,
      image: image.origin === "default" ? "" : (image.value ?? ""),
    });
    if (result.ok) setFound(result.data);
  }

  return (
    <Card>
      <CardHeader>
        <CardTitle>Fly</CardTitle>
        <CardDescription>
          With a token for your Fly organization, each server runs on a machine of its own. Fly bills you for it.
        </CardDescription>
      </CardHeader>
      <CardContent className="grid gap-4">
        <SecretState {...fly.token} none="No token." />
        <Facts facts={listFacts(fly).filter(({ origin }) => (isEditing ? origin === "environment" : hasToken))} />
        {isEditing && (
          <FlyForm
            view={fly}
            organizations={view.organizations}
            save={save}
            check={check}
            onSaved={(result) => {
              setIsChanging(false);
              setFound(result);
            }}
            onCancel={isChanging ? () => setIsChanging(false) : undefined}
          />
        )}
        {hasToken && !isEditing && (
          <>
            <OtherOrganizations organizations={view.organizations} org={fly.org.value} />
            <div className="flex flex-wrap items-center gap-2">
              {canChange && (
                <Button
                  variant="outline"
                  onClick={() => {
                    setFound(null);
                    setIsChanging(true);
                  }}
                >
                  Change
                </Button>
              )}
              {fly.token.origin === "settings" && (
                <ConfirmButton
                  size="default"
                  label="Remove"
                  accessibleLabel="Remove the Fly token"
                  title="Remove the Fly token?"
                  description={describeRemoval(view)}
                  confirmLabel="Remove token"
                  action={remove}
                  input={{}}
                  onDone={() => setFound(null)}
                />
              )}
              <Button variant="outline" disabled={isBusy} onClick={checkStored}>
                {isBusy && <Spinner />}
                Check
              </Button>
            </div>
            <FormProblem>{problem}</FormProblem>
            <div role="status" className="empty:hidden">
              {found && !isBusy && <CheckLines check={found} />}
            </div>
          </>
        )}
      </CardContent>
    </Card>
  );
}

function describeRemoval({ fly, deployments, canRunHere }: MachinesView): string {
  const count = deployments.fly;
  const next =
    fly.runtime.origin === "environment" || !canRunHere
      ? "you cannot deploy new ones until then"
      : "new ones run on this computer";
  const rest = `This also removes the organization, region and image set here, and ${next}.`;
  if (count === 0) return `No server runs on Fly. ${rest}`;
  const servers = count === 1 ? "The server on Fly keeps" : `The ${count} servers on Fly keep`;
  return `${servers} answering and costing money, but Catwalk cannot start, stop, repair or delete anything there without a token for the same organization. ${rest}`;
}

interface Fact {
  term: string;
  value: string;
  origin: Origin;
}

function listFacts(fly: FlyOverview): Fact[] {
  const facts: Fact[] = [
    { term: "Organization", ...fly.org },
    { term: "Region", value: formatRegion(fly.region.value), origin: fly.region.origin },
    { term: "Image", value: fly.image.value ?? "none yet", origin: fly.image.origin },
  ];
  // Fly's own addresses are not worth showing.
  if (fly.apiHostname.origin === "environment") facts.push({ term: "API", ...fly.apiHostname });
  if (fly.publicUrlTemplate.origin === "environment") facts.push({ term: "Addresses", ...fly.publicUrlTemplate });
  return facts;
}

function Facts({ facts }: { facts: Fact[] }) {
  if (facts.length === 0) return null;
  return (
    <dl className="grid min-w-0 gap-x-6 gap-y-1.5 text-[0.8125rem] sm:grid-cols-[auto_minmax(0,1fr)]">
      {facts.map(({ term, value, origin }) => (
        <div key={term} className="contents">
          <dt className="text-muted-foreground">{term}</dt>
          <dd className="wrap-anywhere min-w-0 max-sm:mb-1">
            {value}
            {origin === "environment" && <span className="text-muted-foreground"> · set by the environment</span>}
            {origin === "default" && <span className="text-muted-foreground"> · default</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
