import type { ReactNode } from "react";
import { SettingsNav } from "@/components/settings/settings-nav";
import { PageHeader } from "@/components/shell/page-header";
import { requireUser } from "@/lib/auth/session";
import { mayManagePeople } from "@/lib/auth/user";

export default async function SettingsLayout({ children }: { children: ReactNode }) {
  const user = await requireUser();
  return (
    <>
      <PageHeader title="Settings" />
      <div className="grid min-w-0 gap-6 md:grid-cols-[11rem_minmax(0,1fr)] md:gap-10">
        <SettingsNav isAdmin={mayManagePeople(user)} />
        <div className="grid min-w-0 max-w-2xl content-start gap-6">{children}</div>
      </div>
    </>
  );
}
