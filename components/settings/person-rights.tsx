"use client";

import { type FormEvent, type ReactNode, useId, useState } from "react";
import { FormProblem } from "@/components/auth/form-problem";
import { useServerAction } from "@/components/hooks/use-server-action";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Label } from "@/components/ui/label";
import { Spinner } from "@/components/ui/spinner";
import { toast } from "@/components/ui/toast";
import type { UserRole } from "@/lib/auth/user";
import type { ActionResult } from "@/lib/http/user-action";
import type { PersonView } from "@/lib/people/people";
import type { QuotaName, Quotas } from "@/lib/settings/quotas";
import { QuotaFields, readQuotas } from "./quota-fields";

export type InvitedRole = Exclude<UserRole, "owner">;

export interface RightsInput {
  id: string;
  /** Absent where the one who asks cannot change it. */
  role?: InvitedRole;
  mayUseEveryDeployment: boolean;
  /** Absent as well. */
  quotas?: Quotas;
}

export interface PersonRightsProps {
  person: PersonView;
  /** The signed-in person decides about roles and quotas. */
  isOwner: boolean;
  /** The person's own; null where the default applies. */
  quotas: Quotas;
  defaults: Quotas;
  save: (input: RightsInput) => Promise<ActionResult<null>>;
  onSaved: () => void;
}

/** The form with a person's role, what they may use, and their quotas. */
export function PersonRights({ person, isOwner, quotas, defaults, save, onSaved }: PersonRightsProps) {
  const { run, isBusy, fields, problem, form } = useServerAction(save);
  const [role, setRole] = useState(person.role);
  const [mayUseEveryDeployment, setMayUse] = useState(person.mayUseEveryDeployment);
  const canChangeRole = isOwner && person.role !== "owner";
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const chosen = {
      ...(canChangeRole && role !== "owner" && { role }),
      ...(isOwner && { quotas: readQuotas(new FormData(event.currentTarget)) }),
    };
    if (!(await run({ id: person.id, ...chosen, mayUseEveryDeployment })).ok) return;
    toast.success(`Saved for ${person.name ?? person.email}.`);
    onSaved();
  };
  return (
    <form ref={form} onSubmit={submit} noValidate className="grid gap-4 pt-1 pb-2">
      <FormProblem>{problem}</FormProblem>
      {canChangeRole && <AdminField role={role === "admin" ? "admin" : "member"} onChange={setRole} />}
      <EveryDeploymentField isChecked={mayUseEveryDeployment} onChange={setMayUse} />
      {isOwner && <QuotaFields initial={quotas} placeholders={toPlaceholders(defaults)} errors={fields} />}
      <Button type="submit" disabled={isBusy} className="w-fit">
        {isBusy && <Spinner />}
        Save
      </Button>
    </form>
  );
}

function toPlaceholders(defaults: Quotas): Record<QuotaName, string> {
  const say = (max: number | null) => (max === null ? "no limit" : String(max));
  return { deployments: say(defaults.deployments), running: say(defaults.running), analyses: say(defaults.analyses) };
}

/** Decides whether a person is an admin. */
export function AdminField({ role, onChange }: { role: InvitedRole; onChange: (role: InvitedRole) => void }) {
  return (
    <RightField
      label="Admin"
      isChecked={role === "admin"}
      onChange={(isAdmin) => onChange(isAdmin ? "admin" : "member")}
    >
      Invites and removes people, and sees the settings, but neither changes them nor sees credentials.
    </RightField>
  );
}

/** Decides whether a person may use every deployment. */
export function EveryDeploymentField(props: Pick<RightFieldProps, "isChecked" | "onChange">) {
  return (
    <RightField label="May use every server" {...props}>
      Can connect their clients to all servers of this Catwalk, with the credentials stored there. The owner of a server
      sees that on its Access tab, and can close it to them.
    </RightField>
  );
}

interface RightFieldProps {
  label: string;
  isChecked: boolean;
  onChange: (isChecked: boolean) => void;
  /** What it means, in a sentence or two. */
  children: ReactNode;
}

function RightField({ label, isChecked, onChange, children }: RightFieldProps) {
  const id = useId();
  return (
    <div className="flex items-start gap-3">
      <Checkbox
        id={id}
        checked={isChecked}
        onCheckedChange={onChange}
        aria-describedby={`${id}-help`}
        className="mt-0.5"
      />
      <div className="grid min-w-0 gap-1">
        <Label htmlFor={id}>{label}</Label>
        <p id={`${id}-help`} className="text-[0.8125rem] text-muted-foreground leading-5">
          {children}
        </p>
      </div>
    </div>
  );
}
