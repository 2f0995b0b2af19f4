import { access, constants } from "node:fs/promises";
import sparticuz from "@sparticuz/chromium";
import { chromium } from "playwright";

/** Paths of distributions' packages. */
const INSTALLED = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/**
 * Finds a Chromium: from `playwright install`, from the system, or from the npm package, which is unpacked into the temporary
 * folder.
 */
export async function chromiumPath(): Promise<string> {
  for (const path of [chromium.executablePath(), ...INSTALLED]) if (await isExecutable(path)) return path;
  return sparticuz.executablePath();
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
