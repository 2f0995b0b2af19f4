import type { Metadata } from "next";
import { Suspense } from "react";
import { RegionsProvider } from "@/components/machine/regions";
import { FlyCard } from "@/components/settings/fly/fly-card";
import { LeftoverApps, LeftoverAppsPending } from "@/components/settings/fly/leftover-apps";
import { RuntimeCard } from "@/components/settings/fly/runtime-card";
import { OwnerOnly } from "@/components/settings/owner-only";
import { ReadOnly } from "@/components/settings/read-only";
import { requireUser } from "@/lib/auth/session";
import { mayManagePeople } from "@/lib/auth/user";
import { toAppError } from "@/lib/errors/app-error";
import { listApps } from "@/lib/settings/leftover-apps";
import { viewMachines } from "@/lib/settings/machines";
import { loadOfferedRegions } from "@/lib/settings/offered-regions";
import { clearFly, removeApp, storeFly, testFly } from "./actions";

export const metadata: Metadata = { title: "Machines" };

export default async function MachinesPage() {
  const user = await requireUser();
  if (!mayManagePeople(user)) return <OwnerOnly />;
  const view = await viewMachines(user);
  return (
    <ReadOnly isReadOnly={user.role !== "owner"}>
      <RuntimeCard view={view} />
      <RegionsProvider regions={view.fly.token.origin === "none" ? null : await loadOfferedRegions()}>
        <FlyCard view={view} save={storeFly} check={testFly} remove={clearFly} />
      </RegionsProvider>
      {view.fly.token.origin !== "none" && (
        <Suspense fallback={<LeftoverAppsPending />}>
          <Leftovers />
        </Suspense>
      )}
    </ReadOnly>
  );
}

async function Leftovers() {
  try {
    // Fly is already removing an app in the status "deleting", so nothing is left to do.
    const apps = (await listApps()).filter(({ isOrphaned, status }) => isOrphaned && status !== "deleting");
    return <LeftoverApps apps={apps} error={null} remove={removeApp} />;
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code === "internal") console.error(thrown);
    return <LeftoverApps apps={[]} error={error.toBody()} remove={removeApp} />;
  }
}
