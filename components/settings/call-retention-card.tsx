"use client";

import type { FormEvent } from "react";
import { FormProblem } from "@/components/auth/form-problem";
import { useServerAction } from "@/components/hooks/use-server-action";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Spinner } from "@/components/ui/spinner";
import { toast } from "@/components/ui/toast";
import type { ActionResult } from "@/lib/http/user-action";

export interface CallRetentionCardProps {
  days: number;
  maxPerDeployment: number;
  action: (input: { days: string; maxPerDeployment: string }) => Promise<ActionResult<null>>;
}

/** How long the records of calls are kept, for every deployment. */
export function CallRetentionCard({ days, maxPerDeployment, action }: CallRetentionCardProps) {
  const { run, isBusy, fields, problem, form } = useServerAction(action);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const input = { days: String(data.get("days")), maxPerDeployment: String(data.get("maxPerDeployment")) };
    if ((await run(input)).ok) toast.success("Saved.");
  }

  return (
    <Card>
      <CardHeader>
        <CardTitle>Call records</CardTitle>
        <CardDescription>
          Each deployment's Calls tab lists who called what. Records are deleted once they are too old or too many.
        </CardDescription>
      </CardHeader>
      <CardContent>
        <form ref={form} onSubmit={submit} noValidate className="grid gap-4 sm:grid-cols-2">
          {problem && (
            <div className="sm:col-span-2">
              <FormProblem>{problem}</FormProblem>
            </div>
          )}
          <Field label="Days" htmlFor="call-days" error={fields.days} help="1 to 365">
            <Input name="days" inputMode="numeric" defaultValue={days} />
          </Field>
          <Field
            label="Calls of each deployment"
            htmlFor="call-max"
            error={fields.maxPerDeployment}
            help="100 to 100,000. A lower number takes effect with a deployment's next calls."
          >
            <Input name="maxPerDeployment" inputMode="numeric" defaultValue={maxPerDeployment} />
          </Field>
          <div>
            <Button type="submit" disabled={isBusy}>
              {isBusy && <Spinner />}
              Save
            </Button>
          </div>
        </form>
      </CardContent>
    </Card>
  );
}
