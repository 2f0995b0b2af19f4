import { type Call, type Handler, readPathParameter } from "./routes.ts";
import { MACHINE_RULES, TIMES, TOKEN_RULES } from "./rules.ts";
import { parseDurationMs } from "./tokens.ts";
import { ApiError } from "./types.ts";
import { viewApp, viewIp, viewMachine } from "./views.ts";

const findApp = (call: Call) => call.world.app(readPathParameter(call, "app_name"), call.token);

function requireOrgToken(call: Call, allowed: boolean): void {
  if (call.token.kind !== "org" && !allowed)
    throw new ApiError(403, "unauthorized: the token's scope does not allow this");
}

function findSecret(call: Call) {
  const name = readPathParameter(call, "secret_name");
  const found = findApp(call)
    .secretViews(call.query.get("show_secrets") === "true")
    .find((secret) => secret.name === name);
  if (!found) throw new ApiError(404, "not_found: secret not found");
  return found;
}

/** The operations on apps, by the document's operationId. */
export const APP_ROUTES: Record<string, Handler> = {
  Apps_list: (call) => {
    const org = call.query.get("org_slug");
    if (org !== call.token.org) throw new ApiError(403, "unauthorized: not authorized to access this organization");
    const apps = [...call.world.apps.values()].filter((app) => app.org === org);
    const visible = apps.filter((app) => call.token.app === null || call.token.app === app.name).map(viewApp);
    return { status: 200, body: { apps: visible, total_apps: visible.length } };
  },

  Apps_create: (call) => {
    const body = call.body as { name?: string; org_slug?: string; network?: string };
    if (!body.name || !body.org_slug) throw new ApiError(400, "invalid_argument: name and org_slug are required");
    const fields = { name: body.name, org: body.org_slug, network: body.network ?? "default" };
    const app = call.world.createApp(fields, call.token);
    return { status: 201, body: { id: app.id, created_at: app.createdAtMs } };
  },

  Apps_show: (call) => ({ status: 200, body: viewApp(findApp(call)) }),

  Apps_delete: (call) => {
    const app = findApp(call);
    requireOrgToken(call, TOKEN_RULES.deployTokenDeletesApp.value);
    call.world.deleteApp(app, call.query.get("force") === "true");
    return { status: 202 };
  },

  App_create_deploy_token: (call) => {
    const app = findApp(call);
    requireOrgToken(call, TOKEN_RULES.deployTokenMakesTokens.value);
    const { expiry } = call.body as { expiry?: string };
    const expiresInMs = expiry ? parseDurationMs(expiry) : TIMES.defaultTokenExpiryMs.value;
    const token = call.world.tokens.make({ kind: "deploy", org: app.org, app: app.name }, expiresInMs);
    return { status: 200, body: { token } };
  },

  App_IPAssignments_list: (call) => ({ status: 200, body: { ips: findApp(call).ips.map(viewIp) } }),

  App_IPAssignments_create: (call) => {
    const { type, region } = call.body as { type?: string; region?: string };
    return { status: 200, body: viewIp(findApp(call).addIp(type ?? "", region ?? "global")) };
  },

  App_IPAssignments_delete: (call) => {
    const { ips } = findApp(call);
    const at = ips.findIndex((ip) => ip.ip === readPathParameter(call, "ip"));
    if (at === -1) throw new ApiError(404, "not_found: ip assignment not found");
    ips.splice(at, 1);
    return { status: 204 };
  },

  Secrets_list: (call) => {
    return { status: 200, body: { secrets: findApp(call).secretViews(call.query.get("show_secrets") === "true") } };
  },

  Secrets_update: (call) => {
    const app = findApp(call);
    const { values = {} } = call.body as { values?: Record<string, string | null> };
    const version = app.setSecrets(values);
    const changed = app.secretViews(false).filter((secret) => Object.hasOwn(values, secret.name ?? ""));
    return { status: 200, body: { version, Version: version, secrets: changed } };
  },

  Secret_get: (call) => ({ status: 200, body: findSecret(call) }),

  Secret_create: (call) => {
    const { value } = call.body as { value?: string };
    const version = findApp(call).setSecrets({ [readPathParameter(call, "secret_name")]: value ?? "" });
    return { status: 201, body: { ...findSecret(call), version, Version: version } };
  },

  Secret_delete: (call) => {
    findSecret(call);
    const version = findApp(call).setSecrets({ [readPathParameter(call, "secret_name")]: null });
    return { status: 200, body: { version, Version: version } };
  },

  CurrentToken_show: (call) => {
    const { kind, org, app, text } = call.token;
    const token = {
      token_id: text.slice(4, 24),
      org_slug: org,
      organization: org,
      user: "",
      apps: app === null ? [] : [app],
    };
    return { status: 200, body: { tokens: [kind === "org" ? { ...token, apps: undefined } : token] } };
  },

  Platform_regions_get: (call) => ({
    status: 200,
    body: {
      nearest: call.world.options.regions[0],
      regions: call.world.options.regions.map((code) => ({
        code,
        name: code,
        gateway_available: true,
        requires_paid_plan: false,
      })),
    },
  }),

  Platform_placements_post: (call) => {
    const { org_slug: org } = call.body as { org_slug: string };
    requireOrgToken(call, false);
    if (org !== call.token.org) throw new ApiError(403, "unauthorized: not authorized to access this organization");
    const { options, fullRegions } = call.world;
    const count = (region: string) => (fullRegions.has(region) ? 0 : MACHINE_RULES.roomOfRegion.value);
    return {
      status: 200,
      body: {
        regions: options.regions.map((region) => ({ region, count: count(region), concurrency: count(region) })),
      },
    };
  },

  Machines_org_list: (call) => {
    const org = readPathParameter(call, "org_slug");
    if (org !== call.token.org || call.token.kind !== "org") throw new ApiError(403, "unauthorized");
    const apps = [...call.world.apps.values()].filter((app) => app.org === org);
    const machines = apps.flatMap((app) =>
      app.liveMachines.map((machine) => {
        const { image_ref: _image, cordoned: _cordoned, ...view } = viewMachine(machine, { summary: true });
        return { ...view, app_name: app.name };
      }),
    );
    return { status: 200, body: { machines } };
  },
};
