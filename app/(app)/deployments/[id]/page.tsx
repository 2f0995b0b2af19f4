import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { DeploymentPage } from "@/components/deployment/deployment-page";
import { RegionsProvider } from "@/components/machine/regions";
import { requireUser } from "@/lib/auth/session";
import { getDeployment } from "@/lib/deployments/service";
import type { DeploymentView } from "@/lib/deployments/view";
import { AppError } from "@/lib/errors/app-error";
import { loadDefaultRegionLabel } from "@/lib/settings/machines";
import { loadOfferedRegions } from "@/lib/settings/offered-regions";
import {
  addUser,
  createClientId,
  createKey,
  deleteCalls,
  deleteClientId,
  deleteKey,
  disconnectClient,
  recordPayloads,
  remove,
  removeUser,
  rename,
  repair,
  replaceInputs,
  resolveAgain,
  restart,
  retry,
  setInstallScripts,
  setOnlyListedUsers,
  start,
  stop,
  updateMachine,
  updateStartTimeout,
} from "./actions";

interface Props {
  params: Promise<{ id: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await load(params)).name };
}

export default async function Page({ params }: Props) {
  const [view, defaultRegion] = await Promise.all([load(params), loadDefaultRegionLabel()]);
  const running = { retry, restart, resolveAgain, setInstallScripts, start, stop, repair };
  const settings = { rename, updateMachine, updateStartTimeout, replaceInputs, createKey, deleteKey, remove };
  const access = { addUser, removeUser, setOnlyListedUsers, disconnectClient, createClientId, deleteClientId };
  const actions = { ...running, ...settings, ...access, recordPayloads, deleteCalls };
  return (
    <RegionsProvider regions={view.machine === null ? null : await loadOfferedRegions()}>
      <DeploymentPage initial={view} actions={actions} defaultRegion={defaultRegion} renderedAtMs={Date.now()} />
    </RegionsProvider>
  );
}

async function load(params: Props["params"]): Promise<DeploymentView> {
  const user = await requireUser();
  try {
    return await getDeployment(user.id, (await params).id);
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === "not_found") notFound();
    throw thrown;
  }
}
