import { AccessKeys } from "./access-keys";
import { ClientIds } from "./client-ids";
import { ConnectedClients } from "./connected-clients";
import { ConnectionLog } from "./connection-log";
import { DeploymentPeople } from "./deployment-people";

/** Everything that opens this deployment: connected clients, people, access keys, client ids made by hand, and how clients fared. */
export function AccessTab() {
  return (
    <div className="grid min-w-0 gap-12">
      <ConnectedClients />
      <DeploymentPeople />
      <AccessKeys />
      <ClientIds />
      <ConnectionLog />
    </div>
  );
}
