import type { Metadata } from "next";
import { ClientsCard } from "@/components/settings/clients-card";
import { ConnectorsCard } from "@/components/settings/connectors-card";
import { requireUser } from "@/lib/auth/session";
import { formatConnectorUrl } from "@/lib/deployments/connector-url";
import { listOwnAccessKeys } from "@/lib/deployments/service";
import { listOwnConnectedClients } from "@/lib/oauth/connected-clients";
import { listUsableDeployments } from "@/lib/oauth/membership";
import { createKey, disconnect, revoke } from "./actions";

export const metadata: Metadata = { title: "Clients" };

/** A person's clients and keys, and what others let them use. */
export default async function ClientsPage() {
  const user = await requireUser();
  const [clients, keys, usable] = await Promise.all([
    listOwnConnectedClients(user.id),
    listOwnAccessKeys(user.id),
    listUsableDeployments(user.id),
  ]);
  const connectors = usable
    .filter(({ isOwn }) => !isOwn)
    .map(({ id, name }) => ({ id, name, url: formatConnectorUrl(id) }));
  return (
    <>
      <ClientsCard clients={clients} keys={keys} disconnect={disconnect} revoke={revoke} />
      {connectors.length > 0 && <ConnectorsCard connectors={connectors} createKey={createKey} />}
    </>
  );
}
