import type { Metadata } from "next";
import { AdminLogCard } from "@/components/settings/admin-log-card";
import { AdminLogFilter } from "@/components/settings/admin-log-filter";
import { CallRetentionCard } from "@/components/settings/call-retention-card";
import { OwnerOnly } from "@/components/settings/owner-only";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { adminLogQuerySchema } from "@/lib/admin-log/api";
import { listAdminLog } from "@/lib/admin-log/list";
import { requireUser } from "@/lib/auth/session";
import { mayManagePeople } from "@/lib/auth/user";
import { loadCallRetention } from "@/lib/settings/call-retention";
import { storeCallRetention } from "./actions";

export const metadata: Metadata = { title: "Log" };

type SearchParams = Record<string, string | string[] | undefined>;

/** The administrator's log. Its filter is a form that needs no JavaScript. */
export default async function LogPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const user = await requireUser();
  if (!mayManagePeople(user)) return <OwnerOnly />;
  const asked = toFilled(await searchParams);
  const query = adminLogQuerySchema.safeParse(asked);
  const page = query.success ? await listAdminLog(user, query.data) : { entries: [], nextCursor: null };
  return (
    <>
      <Card>
        <CardHeader>
          <CardTitle>Administrator's log</CardTitle>
          <CardDescription>
            Sign-ins, and changes of people, keys, settings, deployments and connected clients. Kept for a year. It
            holds no secret: values and keys are never written to it.
          </CardDescription>
        </CardHeader>
        <CardContent className="grid gap-5">
          <AdminLogFilter asked={asked} isRefused={!query.success} />
          <AdminLogCard {...page} asked={asked} />
        </CardContent>
      </Card>
      <CallRetentionCard {...(await loadCallRetention())} action={storeCallRetention} />
    </>
  );
}

/** Leaves out what the form sends empty, and all but the last value of a repeated parameter. */
function toFilled(params: SearchParams): Record<string, string> {
  const filled: Record<string, string> = {};
  for (const [name, value] of Object.entries(params)) {
    const text = [value].flat().at(-1);
    if (text) filled[name] = text;
  }
  return filled;
}
