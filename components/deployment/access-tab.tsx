import { AccessKeys } from "./access-keys";
import { ClientIds } from "./client-ids";
import { ConnectedClients } from "./connected-clients";
import { DeploymentPeople } from "./deployment-people";

/** Everything that opens this deployment: connected clients, people, access keys, client ids made by hand. */
export function AccessTab() {
  return (
    <div className="grid min-w-0 gap-12">
      <ConnectedClients />
      <DeploymentPeople />
      <AccessKeys />
      <ClientIds />
    </div>
  );
}
