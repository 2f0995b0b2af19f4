import type { Metadata } from "next";
import { InvitationsCard } from "@/components/settings/invitations-card";
import { OwnerOnly } from "@/components/settings/owner-only";
import { PeopleCard } from "@/components/settings/people-card";
import { QuotaDefaultsCard } from "@/components/settings/quota-defaults-card";
import { listInvitations } from "@/lib/auth/invitations";
import { requireUser } from "@/lib/auth/session";
import { mayManagePeople } from "@/lib/auth/user";
import { listPeople } from "@/lib/people/people";
import { viewQuotas } from "@/lib/settings/quotas";
import { invite, remove, saveQuotas, saveRights, withdraw } from "./actions";

export const metadata: Metadata = { title: "People" };

export default async function PeoplePage() {
  const user = await requireUser();
  if (!mayManagePeople(user)) return <OwnerOnly />;
  const [people, invitations, quotas] = await Promise.all([listPeople(user), listInvitations(user), viewQuotas(user)]);
  return (
    <>
      <InvitationsCard invitations={invitations} isOwner={user.role === "owner"} invite={invite} withdraw={withdraw} />
      <PeopleCard
        people={people}
        self={user.id}
        isOwner={user.role === "owner"}
        quotas={quotas}
        save={saveRights}
        remove={remove}
      />
      <QuotaDefaultsCard defaults={quotas.defaults} isOwner={user.role === "owner"} save={saveQuotas} />
    </>
  );
}
