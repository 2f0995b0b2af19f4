"use client";

import type { FormEvent } from "react";
import { FormProblem } from "@/components/auth/form-problem";
import { useServerAction } from "@/components/hooks/use-server-action";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Spinner } from "@/components/ui/spinner";
import { toast } from "@/components/ui/toast";
import type { UserRole } from "@/lib/auth/user";
import type { ActionResult } from "@/lib/http/user-action";

const ROLE_LABELS: Record<UserRole, string> = { owner: "Owner", admin: "Admin", member: "Member" };

export interface NameFormProps {
  name: string | null;
  email: string;
  role: UserRole;
  /** A GitHub account is linked. */
  gitHub: boolean;
  action: (input: { name: string }) => Promise<ActionResult<null>>;
}

export function NameForm({ name, email, role, gitHub, action }: NameFormProps) {
  const { run, isBusy, fields, problem, form } = useServerAction(action);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const result = await run({ name: String(new FormData(event.currentTarget).get("name")) });
    if (result.ok) toast.success("Your name was saved.");
  }

  return (
    <Card>
      <CardHeader>
        <CardTitle>Profile</CardTitle>
        <CardDescription className="flex min-w-0 flex-wrap items-center gap-2">
          <span className="min-w-0 break-all">{email}</span>
          <Badge>{ROLE_LABELS[role]}</Badge>
          {gitHub && <Badge>Linked to GitHub</Badge>}
        </CardDescription>
      </CardHeader>
      <CardContent>
        <form ref={form} onSubmit={submit} noValidate className="grid gap-4">
          <FormProblem>{problem}</FormProblem>
          <Field label="Name" htmlFor="name" error={fields.name}>
            <Input name="name" autoComplete="name" maxLength={100} defaultValue={name ?? ""} />
          </Field>
          <div>
            <Button type="submit" disabled={isBusy}>
              {isBusy && <Spinner />}
              Save name
            </Button>
          </div>
        </form>
      </CardContent>
    </Card>
  );
}
