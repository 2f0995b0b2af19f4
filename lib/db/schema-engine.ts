import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { PrismaPg } from "@prisma/adapter-pg";
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from "@prisma/driver-adapter-utils";
import * as engineModule from "@prisma/schema-engine-wasm/schema_engine_bg";
import { toPoolConfig } from "./url.ts";

/**
 * Runs work with Prisma's own schema engine in its WebAssembly build. The native engine is a download from a host that
 * many networks do not reach; this one is a package like any other. The connections that it opened are closed
 * afterwards.
 *
 * @param adapter how it reaches the database
 * @throws Error with the engine's own words
 */
export async function withSchemaEngine<T>(
  adapter: SqlMigrationAwareDriverAdapterFactory,
  work: (engine: engineModule.SchemaEngine) => Promise<T>,
): Promise<T> {
  await instantiate();
  const opened: SqlDriverAdapter[] = [];
  const remember = async (connection: Promise<SqlDriverAdapter>) => {
    opened.push(await connection);
    return connection;
  };
  const engine = await engineModule.SchemaEngine.new(
    { datamodels: undefined },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory({
      provider: adapter.provider,
      adapterName: adapter.adapterName,
      connect: () => remember(adapter.connect()),
      connectToShadowDb: () => remember(adapter.connectToShadowDb()),
    }),
  );
  try {
    return await work(engine);
  } finally {
    for (const connection of opened.reverse()) await connection.dispose().catch(() => undefined);
    engine.free();
  }
}

/** How the engine asks for the lock that {@link migrationAdapter} spares it. */
const ENGINE_LOCK = /^select pg_advisory_lock\(72707369\)$/i;

/**
 * The adapter for a database's URL, with few connections: migrations run one after the other. Who uses it holds the lock that
 * the engine would take: its own is of a session, and would stay behind in a pooler.
 */
export function migrationAdapter(url: string): SqlMigrationAwareDriverAdapterFactory {
  const { schema, ...pool } = toPoolConfig(url, 2);
  const factory = new PrismaPg(pool, { schema });
  const asEngine = async (connection: Promise<SqlDriverAdapter>) => forEngine(await connection);
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: () => asEngine(factory.connect()),
    connectToShadowDb: () => asEngine(factory.connectToShadowDb()),
  };
}

/**
 * A connection as the engine needs it. The adapter would cut a script at its semicolons and send the pieces on their own; sent
 * whole it is one transaction, and a semicolon in a text or a function is just that.
 */
function forEngine(connection: SqlDriverAdapter): SqlDriverAdapter {
  return {
    provider: connection.provider,
    adapterName: connection.adapterName,
    queryRaw: (query) => connection.queryRaw(query),
    executeRaw: async (query) => (ENGINE_LOCK.test(query.sql.trim()) ? 0 : await connection.executeRaw(query)),
    executeScript: async (sql) => {
      await connection.executeRaw({ sql, args: [], argTypes: [] });
    },
    startTransaction: (level) => connection.startTransaction(level),
    getConnectionInfo: () => connection.getConnectionInfo?.() ?? { supportsRelationJoins: false },
    dispose: () => connection.dispose(),
  };
}

let instantiated: Promise<void> | undefined;

function instantiate(): Promise<void> {
  instantiated ??= (async () => {
    const path = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm/schema_engine_bg");
    const bytes = await readFile(path.replace(/\.js$/, ".wasm"));
    // The engine reports a panic to this global before it traps.
    Object.assign(globalThis, {
      PRISMA_WASM_PANIC_REGISTRY: {
        set_message: (message: string) => console.error(`Prisma schema engine: ${message}`),
      },
    });
    const { instance } = await WebAssembly.instantiate(bytes, { "./schema_engine_bg.js": importsOf(engineModule) });
    engineModule.__wbg_set_wasm(instance.exports);
    (instance.exports.__wbindgen_start as () => void)();
  })();
  return instantiated;
}

/** The engine times its own lock with a timer that it never clears; a command would stay for those ten seconds. */
function importsOf(module: object): WebAssembly.ModuleImports {
  const imports: WebAssembly.ModuleImports = { ...module };
  for (const name of Object.keys(imports)) {
    if (name.startsWith("__wbg_setTimeout_")) {
      imports[name] = (callback: () => void, delayMs: number) => setTimeout(callback, delayMs >>> 0).unref();
    }
  }
  return imports;
}
