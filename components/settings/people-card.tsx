"use client";

import { Badge } from "@/components/ui/badge";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { RelativeTime } from "@/components/ui/relative-time";
import type { ActionResult } from "@/lib/http/user-action";
import type { PersonView } from "@/lib/people/people";
import { ConfirmButton } from "./confirm-button";

export interface PeopleCardProps {
  people: PersonView[];
  /** Id of the signed-in person. */
  self: string;
  remove: (input: { id: string }) => Promise<ActionResult<null>>;
}

export function PeopleCard({ people, self, remove }: PeopleCardProps) {
  return (
    <Card>
      <CardHeader>
        <CardTitle>People</CardTitle>
        <CardDescription>Each person sees only their own servers and credentials.</CardDescription>
      </CardHeader>
      <CardContent className="px-0 pb-0 sm:px-0 sm:pb-0">
        <ul className="divide-y border-t" aria-label="People">
          {people.map((person) => (
            <li
              key={person.id}
              className="flex min-w-0 flex-wrap items-center justify-between gap-x-4 gap-y-2 px-5 py-3.5 sm:px-6"
            >
              <div className="grid min-w-0 flex-1 basis-52 gap-0.5">
                <span className="flex min-w-0 flex-wrap items-center gap-2">
                  <span className="min-w-0 break-words font-medium">{person.name ?? person.email}</span>
                  {person.role === "owner" && <Badge>Owner</Badge>}
                  {person.id === self && <Badge>You</Badge>}
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
              {person.role === "member" && !person.leaving && (
                <ConfirmButton
                  label="Remove"
                  accessibleLabel={`Remove ${person.name ?? person.email}`}
                  title={`Remove ${person.name ?? person.email}?`}
                  description={describeRemoval(person.deployments)}
                  confirmLabel="Remove person"
                  action={remove}
                  input={{ id: person.id }}
                />
              )}
            </li>
          ))}
        </ul>
      </CardContent>
    </Card>
  );
}

function describeRemoval(deployments: number): string {
  const servers = deployments === 1 ? "their server" : `their ${deployments} servers`;
  const taken = deployments > 0 ? ` This also deletes ${servers} and the stored credentials.` : "";
  return `Signs them out and revokes their API tokens.${taken} This cannot be undone.`;
}
