import type { Metadata } from "next";
import { ClientsCard } from "@/components/settings/clients-card";
import { ConnectorsCard } from "@/components/settings/connectors-card";
import { requireUser } from "@/lib/auth/session";
import { formatConnectorUrl } from "@/lib/deployments/connector-url";
import { listOwnConnectedClients } from "@/lib/oauth/connected-clients";
import { listUsableDeployments } from "@/lib/oauth/membership";
import { disconnect } from "./actions";

export const metadata: Metadata = { title: "Clients" };

/** What a person connected, and what others let them use. */
export default async function ClientsPage() {
  const user = await requireUser();
  const [clients, usable] = await Promise.all([listOwnConnectedClients(user.id), listUsableDeployments(user.id)]);
  const shared = usable.filter(({ isOwn }) => !isOwn);
  return (
    <>
      <ClientsCard clients={clients} disconnect={disconnect} />
      {shared.length > 0 && (
        <ConnectorsCard connectors={shared.map(({ id, name }) => ({ id, name, url: formatConnectorUrl(id) }))} />
      )}
    </>
  );
}
