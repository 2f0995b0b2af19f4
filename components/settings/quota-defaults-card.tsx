"use client";

import type { FormEvent } from "react";
import { FormProblem } from "@/components/auth/form-problem";
import { useServerAction } from "@/components/hooks/use-server-action";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Spinner } from "@/components/ui/spinner";
import { toast } from "@/components/ui/toast";
import type { ActionResult } from "@/lib/http/user-action";
import type { Quotas } from "@/lib/settings/quotas";
import { QuotaFields, readQuotas } from "./quota-fields";

export interface QuotaDefaultsCardProps {
  defaults: Quotas;
  /** The signed-in person can change them. */
  isOwner: boolean;
  save: (input: { quotas: Quotas }) => Promise<ActionResult<null>>;
}

/** Quotas of people who have none of their own. */
export function QuotaDefaultsCard({ defaults, isOwner, save }: QuotaDefaultsCardProps) {
  const { run, isBusy, fields, problem, form } = useServerAction(save);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if ((await run({ quotas: readQuotas(new FormData(event.currentTarget)) })).ok)
      toast.success("The quotas were saved.");
  };
  return (
    <Card>
      <CardHeader>
        <CardTitle>Quotas</CardTitle>
        <CardDescription>
          How much each person may have, unless they have quotas of their own. An empty field is no limit. The owner has
          none. A sleeping server counts as running, since a call wakes it.
        </CardDescription>
      </CardHeader>
      <CardContent>
        <form ref={form} onSubmit={submit} noValidate>
          <fieldset disabled={!isOwner} className="grid min-w-0 gap-4">
            <FormProblem>{problem}</FormProblem>
            <QuotaFields
              initial={defaults}
              placeholders={{ deployments: "no limit", running: "no limit", analyses: "no limit" }}
              errors={fields}
            />
            {isOwner && (
              <Button type="submit" disabled={isBusy} className="w-fit">
                {isBusy && <Spinner />}
                Save quotas
              </Button>
            )}
          </fieldset>
        </form>
      </CardContent>
    </Card>
  );
}
