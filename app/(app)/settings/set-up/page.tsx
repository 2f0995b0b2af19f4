import type { Metadata } from "next";
import { Suspense } from "react";
import { OwnerOnly } from "@/components/settings/owner-only";
import { CheckAgain } from "@/components/setup/check-again";
import { CheckRow, PendingRow } from "@/components/setup/check-row";
import { PublicUrlRow } from "@/components/setup/public-url-row";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { requireUser } from "@/lib/auth/session";
import { mayManagePeople, type SessionUser } from "@/lib/auth/user";
import { env } from "@/lib/env/env";
import { runCheck, type SetupCheck } from "@/lib/setup/check";
import { listSetupChecks } from "@/lib/setup/checks";

export const metadata: Metadata = { title: "Set-up" };

/** Checks everything that Catwalk needs or can use. Each result appears as soon as its check has finished. */
export default async function SetUpPage() {
  const user = await requireUser();
  if (!mayManagePeople(user)) return <OwnerOnly />;
  return (
    <Card>
      <CardHeader className="flex! flex-wrap items-start justify-between gap-3">
        <div className="grid min-w-0 flex-1 basis-64 gap-1">
          <CardTitle>Set-up</CardTitle>
          <CardDescription>
            What Catwalk needs and what it can use, checked just now. You can leave out what is optional.
          </CardDescription>
        </div>
        <CheckAgain />
      </CardHeader>
      <CardContent className="px-0 pb-0 sm:px-0 sm:pb-0">
        {/* A new key for each run replaces the earlier results with pending rows. */}
        <ul key={crypto.randomUUID()} aria-label="Checks" className="divide-y border-t">
          <PublicUrlRow publicUrl={env().publicUrl} />
          {listSetupChecks().map((check) => (
            <Suspense key={check.id} fallback={<PendingRow title={check.title} />}>
              <Check check={check} user={user} />
            </Suspense>
          ))}
        </ul>
      </CardContent>
    </Card>
  );
}

async function Check({ check, user }: { check: SetupCheck; user: SessionUser }) {
  return <CheckRow title={check.title} result={await runCheck(check, user)} />;
}
