import type { Metadata } from "next";
import { NewDeployment } from "@/components/analysis/new-deployment";
import { QuotaNotice } from "@/components/analysis/quota-notice";
import { RegionsProvider } from "@/components/machine/regions";
import { getAnalysis } from "@/lib/analysis/analyze";
import type { Analysis } from "@/lib/analysis/spec";
import { requireUser } from "@/lib/auth/session";
import { AppError } from "@/lib/errors/app-error";
import { loadOfferedRegionLabel } from "@/lib/settings/machines";
import { loadOfferedRegions } from "@/lib/settings/offered-regions";
import { loadQuotaUse } from "@/lib/settings/quotas";
import { deploy } from "./actions";

export const metadata: Metadata = { title: "New deployment" };

export default async function NewPage({ searchParams }: PageProps<"/new">) {
  const user = await requireUser();
  const { analysis: analysisId } = await searchParams;
  const [analysis, region, quotas] = await Promise.all([
    typeof analysisId === "string" ? findAnalysis(user.id, analysisId) : null,
    loadOfferedRegionLabel(),
    loadQuotaUse(user.id),
  ]);
  return (
    <RegionsProvider regions={region === null ? null : await loadOfferedRegions()}>
      <NewDeployment
        analysis={analysis}
        deploy={deploy}
        defaultRegion={region}
        notice={<QuotaNotice quotas={quotas} />}
      />
    </RegionsProvider>
  );
}

/** Finds an analysis, or returns null when it is gone. The page then reads the source from the address again. */
async function findAnalysis(userId: string, id: string): Promise<Analysis | null> {
  try {
    return await getAnalysis(userId, id);
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === "not_found") return null;
    throw thrown;
  }
}
