import type { Metadata } from "next";
import { InvitationsCard } from "@/components/settings/invitations-card";
import { OwnerOnly } from "@/components/settings/owner-only";
import { PeopleCard } from "@/components/settings/people-card";
import { listInvitations } from "@/lib/auth/invitations";
import { requireUser } from "@/lib/auth/session";
import { listPeople } from "@/lib/people/people";
import { invite, remove, withdraw } from "./actions";

export const metadata: Metadata = { title: "People" };

export default async function PeoplePage() {
  const user = await requireUser();
  if (user.role !== "owner") return <OwnerOnly />;
  const [people, invitations] = await Promise.all([listPeople(user), listInvitations(user)]);
  return (
    <>
      <InvitationsCard invitations={invitations} invite={invite} withdraw={withdraw} />
      <PeopleCard people={people} self={user.id} remove={remove} />
    </>
  );
}
