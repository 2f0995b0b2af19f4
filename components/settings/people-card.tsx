"use client";

import { useState } from "react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { RelativeTime } from "@/components/ui/relative-time";
import type { ActionResult } from "@/lib/http/user-action";
import type { PersonView } from "@/lib/people/people";
import type { Quotas } from "@/lib/settings/quotas";
import { ConfirmButton } from "./confirm-button";
import { PersonRights, type PersonRightsProps } from "./person-rights";

export interface PeopleCardProps {
  people: PersonView[];
  /** Id of the signed-in person. */
  self: string;
  /** The signed-in person is the owner. */
  isOwner: boolean;
  quotas: { defaults: Quotas; own: Record<string, Quotas> };
  save: PersonRightsProps["save"];
  remove: (input: { id: string }) => Promise<ActionResult<null>>;
}

const NO_QUOTAS: Quotas = { deployments: null, running: null, analyses: null };

export function PeopleCard({ people, ...props }: PeopleCardProps) {
  return (
    <Card>
      <CardHeader>
        <CardTitle>People</CardTitle>
        <CardDescription>Each person sees only their own servers and credentials.</CardDescription>
      </CardHeader>
      <CardContent className="px-0 pb-0 sm:px-0 sm:pb-0">
        <ul className="divide-y border-t" aria-label="People">
          {people.map((person) => (
            <Person key={person.id} person={person} {...props} />
          ))}
        </ul>
      </CardContent>
    </Card>
  );
}

function Person({
  person,
  self,
  isOwner,
  quotas,
  save,
  remove,
}: Omit<PeopleCardProps, "people"> & { person: PersonView }) {
  const [isOpen, setIsOpen] = useState(false);
  const name = person.name ?? person.email;
  const canRemove = person.canManage && person.role !== "owner" && !person.leaving;
  return (
    <li className="grid min-w-0 gap-3 px-5 py-3.5 sm:px-6">
      <div className="flex min-w-0 flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="grid min-w-0 flex-1 basis-52 gap-0.5">
          <span className="flex min-w-0 flex-wrap items-center gap-2">
            <span className="min-w-0 break-words font-medium">{name}</span>
            {person.role === "owner" && <Badge>Owner</Badge>}
            {person.role === "admin" && <Badge>Admin</Badge>}
            {person.id === self && <Badge>You</Badge>}
            {person.mayUseEveryDeployment && <Badge>Uses every server</Badge>}
            {person.leaving && <Badge variant="warning">Being removed</Badge>}
          </span>
          <span className="flex min-w-0 flex-wrap gap-x-3 text-[0.8125rem] text-muted-foreground">
            {person.name && <span className="min-w-0 break-all">{person.email}</span>}
            <span>
              {person.deployments} {person.deployments === 1 ? "server" : "servers"}
            </span>
            <span>
              joined <RelativeTime value={person.createdAt} />
            </span>
          </span>
        </div>
        <div className="flex flex-wrap gap-2">
          {person.canManage && !person.leaving && (
            <Button
              variant="outline"
              size="sm"
              aria-expanded={isOpen}
              aria-label={`Change ${name}`}
              onClick={() => setIsOpen(!isOpen)}
            >
              Change
            </Button>
          )}
          {canRemove && (
            <ConfirmButton
              label="Remove"
              accessibleLabel={`Remove ${name}`}
              title={`Remove ${name}?`}
              description={describeRemoval(person.deployments)}
              confirmLabel="Remove person"
              action={remove}
              input={{ id: person.id }}
            />
          )}
        </div>
      </div>
      {isOpen && (
        <PersonRights
          person={person}
          isOwner={isOwner}
          quotas={quotas.own[person.id] ?? NO_QUOTAS}
          defaults={person.role === "owner" ? NO_QUOTAS : quotas.defaults}
          save={save}
          onSaved={() => setIsOpen(false)}
        />
      )}
    </li>
  );
}

function describeRemoval(deployments: number): string {
  const servers = deployments === 1 ? "their server" : `their ${deployments} servers`;
  const taken = deployments > 0 ? ` This also deletes ${servers} and the stored credentials.` : "";
  return `Signs them out, disconnects their clients, and revokes their API tokens and access keys.${taken} This cannot be undone.`;
}
