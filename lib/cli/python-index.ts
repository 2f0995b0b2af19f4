import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { BUILT_INDEX_PATH } from "../analysis/fetch/registries/index-address.ts";
import { indexOfThisHost } from "../analysis/fetch/registries/index-setting.ts";

// Part of a build for hosts without Python: records which package index this host's Python uses. The build continues without one.

const file = resolve(import.meta.dirname, "..", "..", BUILT_INDEX_PATH);
const url = await indexOfThisHost(process.env);
if (url === null) {
  await rm(file, { force: true });
  console.warn(
    "No package index of Python was found: Python packages are looked up only if the app has PIP_INDEX_URL or UV_DEFAULT_INDEX.",
  );
} else {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify({ url })}\n`);
  console.info(`Python packages are looked up at ${url}`);
}
