import type { Instrumentation } from "next";

/** Boots the app. Next awaits this before it serves the first request. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { forgetEmptySettings } = await import("./lib/env/env.ts");
  forgetEmptySettings();
  const { boot } = await import("./lib/boot/boot.ts");
  await boot();
}

/** Logs errors of pages and routes. Under `npm start` Next does not print them itself. */
export const onRequestError: Instrumentation.onRequestError = async (error, request) => {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { launcher } = await import("./lib/boot/launcher.ts");
  const { toLoggedPath } = await import("./lib/http/logged-path.ts");
  if (launcher().isPresent) console.error(`${request.method} ${toLoggedPath(request.path)}:`, error);
};
