"use client";

import { type FormEvent, useState } from "react";
import { FormProblem } from "@/components/auth/form-problem";
import { useServerAction } from "@/components/hooks/use-server-action";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { RelativeTime } from "@/components/ui/relative-time";
import { Spinner } from "@/components/ui/spinner";
import type { InvitationView } from "@/lib/auth/invitations";
import type { ActionResult } from "@/lib/http/user-action";
import { ConfirmButton } from "./confirm-button";
import { AdminField, EveryDeploymentField, type InvitedRole } from "./person-rights";
import { ShownOnce } from "./shown-once";

interface CreatedInvitation {
  id: string;
  url: string;
  expiresAt: string;
}

export interface InvitationsCardProps {
  invitations: InvitationView[];
  /** The signed-in person is the owner, who alone can invite admins. */
  isOwner: boolean;
  invite: (input: {
    email: string;
    role: InvitedRole;
    mayUseEveryDeployment: boolean;
  }) => Promise<ActionResult<CreatedInvitation>>;
  withdraw: (input: { id: string }) => Promise<ActionResult<null>>;
}

export function InvitationsCard({ invitations, isOwner, invite, withdraw }: InvitationsCardProps) {
  const [created, setCreated] = useState<CreatedInvitation | null>(null);
  const [role, setRole] = useState<InvitedRole>("member");
  const [mayUseEveryDeployment, setMayUse] = useState(false);
  const { run, isBusy, fields, problem, form } = useServerAction(invite);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const element = event.currentTarget;
    const email = String(new FormData(element).get("email")).trim();
    const result = await run({ email, role, mayUseEveryDeployment });
    if (!result.ok) return;
    setCreated(result.data);
    element.reset();
    setRole("member");
    setMayUse(false);
  }

  return (
    <Card>
      <CardHeader>
        <CardTitle>Invite a person</CardTitle>
        <CardDescription>
          Creates a link with which one person can join within seven days. Send it yourself, since Catwalk sends no
          mail. Everyone who joins can deploy servers, and a server is code that runs: invite only people whom you would
          let run code here.
        </CardDescription>
      </CardHeader>
      <CardContent className="grid gap-6">
        <form ref={form} onSubmit={submit} noValidate className="grid gap-4">
          <FormProblem>{problem}</FormProblem>
          <Field
            label="E-mail"
            htmlFor="invite-email"
            error={fields.email}
            help="Optional for a member. Only this address can then use the link."
          >
            <Input name="email" type="email" autoComplete="off" autoCapitalize="none" spellCheck={false} />
          </Field>
          {isOwner && <AdminField role={role} onChange={setRole} />}
          <EveryDeploymentField isChecked={mayUseEveryDeployment} onChange={setMayUse} />
          <Button type="submit" disabled={isBusy} className="w-fit">
            {isBusy && <Spinner />}
            Create link
          </Button>
        </form>
        {created && (
          <ShownOnce title="Copy the invitation now" label="invitation link" value={created.url}>
            It is shown only once and works for seven days.
          </ShownOnce>
        )}
        {invitations.length > 0 && (
          <ul className="-mx-5 sm:-mx-6 -mb-5 sm:-mb-6 divide-y border-t" aria-label="Open invitations">
            {invitations.map((invitation) => {
              const who = invitation.email ?? "anyone with the link";
              return (
                <li
                  key={invitation.id}
                  className="flex min-w-0 flex-wrap items-center justify-between gap-x-4 gap-y-2 px-5 py-3.5 sm:px-6"
                >
                  <div className="grid min-w-0 flex-1 basis-52 gap-0.5">
                    <span className="flex min-w-0 flex-wrap items-center gap-2">
                      <span className="min-w-0 break-all font-medium">
                        {invitation.email ?? "Anyone with the link"}
                      </span>
                      {invitation.role === "admin" && <Badge>Admin</Badge>}
                      {invitation.mayUseEveryDeployment && <Badge>Uses every server</Badge>}
                    </span>
                    <span className="text-[0.8125rem] text-muted-foreground">
                      created <RelativeTime value={invitation.createdAt} />, expires{" "}
                      <RelativeTime value={invitation.expiresAt} />
                    </span>
                  </div>
                  <ConfirmButton
                    label="Withdraw"
                    accessibleLabel={`Withdraw the invitation for ${who}`}
                    title="Withdraw this invitation?"
                    description="Its link stops working immediately."
                    confirmLabel="Withdraw invitation"
                    action={withdraw}
                    input={{ id: invitation.id }}
                    onDone={() => created?.id === invitation.id && setCreated(null)}
                  />
                </li>
              );
            })}
          </ul>
        )}
      </CardContent>
    </Card>
  );
}
