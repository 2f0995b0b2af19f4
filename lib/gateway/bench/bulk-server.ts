import { join } from "node:path";

/** The folder of a server whose tools take or return much. */
export const BULK_SERVER_FOLDER = join(import.meta.dirname, "bulk-server");

/** That server as a package. */
export const BULK_SERVER = { name: "@catwalk-bench/bulk", version: "1.0.0" };
