import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const root = join(import.meta.dirname, "..", "..", "..");

/** Lets plain Node load route handlers, which import through `@/` and without endings as Next does. */
export function resolveAlias(): void {
  registerHooks({
    resolve: (specifier, context, next) => {
      if (!specifier.startsWith("@/")) return next(specifier, context);
      return next(pathToFileURL(join(root, `${specifier.slice(2)}.ts`)).href, context);
    },
  });
}
