import { AccessList } from "./access-list";
import { ClientIds } from "./client-ids";
import { ConnectionLog } from "./connection-log";
import { DeploymentPeople } from "./deployment-people";

/** Everything that opens this deployment: clients and keys, people, client ids made by hand, and how clients fared. */
export function AccessTab() {
  return (
    <div className="grid min-w-0 gap-12">
      <AccessList />
      <DeploymentPeople />
      <ClientIds />
      <ConnectionLog />
    </div>
  );
}
