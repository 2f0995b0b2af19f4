"use client";

import { UserPlus } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import { usePolling } from "@/components/hooks/use-polling";
import { ShownOnce } from "@/components/settings/shown-once";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Switch } from "@/components/ui/switch";
import { toast } from "@/components/ui/toast";
import type { DeploymentUsersView, DeploymentUserView } from "@/lib/oauth/deployment-users";
import { ActionButton } from "./action-button";
import { useDeploymentPage } from "./context";
import { useDeploymentAction } from "./use-deployment-action";

const REFRESH_MS = 30_000;

/** The people whom the owner lets connect clients to this deployment. */
export function DeploymentPeople() {
  const { view } = useDeploymentPage();
  const { value, refresh } = usePolling<DeploymentUsersView>(`/api/deployments/${view.id}/users`, {
    initial: null,
    chooseDelayMs: () => REFRESH_MS,
  });
  return (
    <section aria-labelledby="deployment-people" className="grid min-w-0 gap-4">
      <div className="grid gap-1">
        <h2 id="deployment-people" className="font-semibold text-base leading-6">
          People
        </h2>
        <p className="max-w-2xl text-muted-foreground leading-6">
          They can connect their own clients to this URL and create keys of their own for it, which then use the
          credentials stored here. They see neither the credentials nor this page.
        </p>
      </div>
      <AddPerson onAdded={refresh} />
      {value !== null && value.users.length > 0 && <List users={value.users} onRemoved={refresh} />}
      {value !== null && (value.usersOfAll.length > 0 || value.onlyListedUsers) && (
        <UsersOfAll emails={value.usersOfAll} isClosed={value.onlyListedUsers} onChanged={refresh} />
      )}
    </section>
  );
}

function AddPerson({ onAdded }: { onAdded: () => void }) {
  const { view, actions } = useDeploymentPage();
  const { run, isBusy, fields, form } = useDeploymentAction(actions.addUser);
  const [invitation, setInvitation] = useState<{ email: string; url: string } | null>(null);
  const id = useId();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (isBusy) return;
    const email = String(new FormData(event.currentTarget).get("email")).trim();
    const result = await run({ id: view.id, email });
    if (!result.ok) return;
    form.current?.reset();
    const { invitationUrl } = result.data;
    setInvitation(invitationUrl === null ? null : { email, url: invitationUrl });
    if (invitationUrl === null) toast.success(`${email} may use this deployment now.`);
    onAdded();
  };
  return (
    <>
      {invitation && (
        <ShownOnce title={`An invitation for ${invitation.email}`} label="Invitation link" value={invitation.url}>
          Send it yourself: Catwalk sends no mail. It works once, within seven days, and is not shown again.
        </ShownOnce>
      )}
      <form ref={form} onSubmit={submit} noValidate className="max-w-xl">
        <Field label="E-mail of a person" htmlFor={id} error={fields.email}>
          <div className="flex min-w-0 flex-col gap-2 sm:flex-row">
            <Input name="email" type="email" autoComplete="off" autoCapitalize="none" spellCheck={false} />
            <ActionButton type="submit" icon={UserPlus} isBusy={isBusy}>
              Let them use it
            </ActionButton>
          </div>
        </Field>
      </form>
    </>
  );
}

interface UsersOfAllProps {
  emails: string[];
  /** They may not use this deployment. */
  isClosed: boolean;
  onChanged: () => void;
}

/** The people who may use every deployment of this Catwalk, and whether they may use this one. */
function UsersOfAll({ emails, isClosed, onChanged }: UsersOfAllProps) {
  const { view, actions } = useDeploymentPage();
  const { run, isBusy } = useDeploymentAction(actions.setOnlyListedUsers);
  const id = useId();
  const change = async (isOpen: boolean) => {
    if (!(await run({ id: view.id, onlyListedUsers: !isOpen })).ok) return;
    toast.success(
      isOpen ? "They may use this deployment now." : "Only people on the list may use this deployment now.",
    );
    onChanged();
  };
  return (
    <div className="grid gap-2 rounded-xl border px-4 py-3">
      <div className="flex min-w-0 items-center justify-between gap-4">
        <label htmlFor={id} className="min-w-0 font-medium">
          Open to people who may use every server
        </label>
        <Switch id={id} checked={!isClosed} disabled={isBusy} onCheckedChange={(isOpen) => void change(isOpen)} />
      </div>
      <p className="break-words text-[0.8125rem] text-muted-foreground leading-5">
        {emails.length === 0
          ? "At present no one has that right."
          : `The owner of this Catwalk or an admin gave that right to ${emails.join(", ")}.`}
      </p>
    </div>
  );
}

function List({ users, onRemoved }: { users: DeploymentUserView[]; onRemoved: () => void }) {
  const { view, actions } = useDeploymentPage();
  const { run, isBusy } = useDeploymentAction(actions.removeUser);
  const remove = async ({ id, email }: DeploymentUserView) => {
    if (!(await run({ id: view.id, entryId: id })).ok) return;
    toast.success(`${email} can no longer use this deployment; their clients are disconnected.`);
    onRemoved();
  };
  return (
    <ul aria-label="People who may use this deployment" className="divide-y rounded-xl border">
      {users.map((user) => (
        <li key={user.id} className="flex min-w-0 flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 py-3">
          <span className="flex min-w-0 flex-wrap items-center gap-2">
            <span className="min-w-0 break-all font-medium">{user.email}</span>
            {user.isInvited && <Badge variant="warning">Invited</Badge>}
          </span>
          <Button
            variant="outline"
            size="sm"
            disabled={isBusy}
            aria-label={`Remove ${user.email}`}
            onClick={() => void remove(user)}
          >
            Remove
          </Button>
        </li>
      ))}
    </ul>
  );
}
