import { env } from "../env/env.ts";
import { buildImageApp } from "../runtime/fly/apps/image-app.ts";
import { loadInstallationId } from "../runtime/fly/apps/installation.ts";
import { checkImage } from "../runtime/fly/machines/image.ts";
import { type CheckLine, checkFly, loadFlyOverview, loadFlySettings } from "../settings/fly.ts";
import { type CheckResult, MACHINES_PAGE, type SetupCheck } from "./check.ts";

const TIMEOUT_MS = 20_000;

/** Checks where servers run, and that Fly accepts the token for the organization. */
export const machinesCheck: SetupCheck = {
  id: "machines",
  title: "Machines",
  timeoutMs: TIMEOUT_MS,
  async run(): Promise<CheckResult> {
    const { runtime, token } = await loadFlyOverview();
    if (token.origin === "none") {
      if (runtime.name === "fly") {
        return {
          state: "bad",
          message: "RUNTIME is fly, but no Fly token is set: nothing can be deployed.",
          todo: "Enter an organization token. This command creates one.",
          command: "fly tokens create org --expiry 8760h",
          page: MACHINES_PAGE,
        };
      }
      if (env().onVercel) {
        return {
          state: "bad",
          message: "On Vercel no server can run beside Catwalk, and no Fly token is set.",
          todo: "Enter an organization token, so that servers run on Fly. This command creates one.",
          command: "fly tokens create org --expiry 8760h",
          page: MACHINES_PAGE,
        };
      }
      return {
        state: "optional",
        message: "Servers run on this host, with the rights of the account that runs Catwalk.",
        todo: "With a Fly token each server gets an isolated machine of its own, which sleeps while no client calls.",
        page: MACHINES_PAGE,
      };
    }
    const { token: who, org } = await checkFly();
    const failed = [who, org].find(({ state }) => state === "failed");
    if (failed) return toBad(failed);
    return {
      state: "good",
      message: org.state === "ok" ? `${who.message} Organization ${org.message}` : who.message,
      todo: runtime.name === "local" ? "RUNTIME is local, so that new servers run on this host all the same." : null,
      ...(runtime.name === "local" && { page: MACHINES_PAGE }),
    };
  },
};

/** Checks that the registry has the image of new machines. */
export const imageCheck: SetupCheck = {
  id: "image",
  title: "Image of machines",
  timeoutMs: TIMEOUT_MS,
  async run(): Promise<CheckResult> {
    const { runtime } = await loadFlyOverview();
    const settings = await loadFlySettings();
    if (settings === null && runtime.name === "local" && !env().onVercel) {
      return { state: "optional", message: "None is needed while servers run on this host.", todo: null };
    }
    if (settings === null) {
      return {
        state: "bad",
        message: "Catwalk can look for it when Fly’s token is set.",
        ...(await buildPushTodo("personal")),
      };
    }
    const { ok, message } = await checkImage(settings);
    if (ok === false) return { state: "bad", message, ...(await buildPushTodo(settings.org)) };
    if (ok === null) return { state: "optional", message, todo: "The first machine shows whether Fly can pull it." };
    const text = settings.isAppImage ? `Machines run the image that this Catwalk runs from. ${message}` : message;
    return { state: "good", message: text, todo: null };
  },
};

async function buildPushTodo(org: string): Promise<Pick<CheckResult, "todo" | "command" | "page">> {
  const { image, command } = buildImageApp(await loadInstallationId(), org);
  return {
    todo: `Run this command in a clone of Catwalk. Then set ${image} as the image.`,
    command,
    page: MACHINES_PAGE,
  };
}

function toBad({ message, hint, detail }: CheckLine): CheckResult {
  return { state: "bad", message, todo: hint, page: MACHINES_PAGE, ...(detail && { detail }) };
}
