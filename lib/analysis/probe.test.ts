import { test } from "node:test";
import { npmServer, readDemands } from "./testing/repositories.ts";

test("p", async () => {
  const conn = `import { ConnectionType } from './types.js';
export async function create(config?: any) {
  const connectionType = config?.type || (process.env.A_TYPE as ConnectionType) || ConnectionType.User_Password;
  try {
    if (connectionType === ConnectionType.OAuth) {
      const clientId = process.env.A_ID; const clientSecret = process.env.A_SECRET;
      if (!clientId || !clientSecret) { throw new Error('no'); }
      const conn = new X(); return conn;
    } else if (connectionType === ConnectionType.Cli) {
      return run();
    } else {
      const username = process.env.A_USER; const password = process.env.A_PASS;
      if (!username || !password) throw new Error('x');
      return y();
    }
  } catch (error) { console.error('x', error); throw error; }
}`;
  const types = `export enum ConnectionType { User_Password = 'User_Password', OAuth = 'OAuth_2.0', Cli = 'cli' }`;
  const h = `import { create } from './conn.js';\nserver.setRequestHandler(X, async (r) => { try { const conn = await create(); return conn; } catch (e) { return { isError: true }; } });\nasync function main() { await server.connect(new StdioServerTransport()); }\nmain().catch(() => process.exit(1));\n`;
  console.log(
    "JS",
    JSON.stringify(await readDemands(npmServer(h, "", { "src/conn.ts": conn, "src/types.ts": types }))),
  );
  console.log(
    "JS",
    JSON.stringify(
      await readDemands(
        npmServer(h.replace("server.setRequestHandler(X, async (r) => {", "").replace("} });\n", "}\n"), "", {
          "src/conn.ts": conn,
          "src/types.ts": types,
        }),
      ),
    ),
  );
});
