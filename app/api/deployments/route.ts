import { createBodySchema, listQuerySchema, MAX_BODY_BYTES, parseMachineSettings } from "@/lib/deployments/api";
import { createDeployment, listDeployments } from "@/lib/deployments/service";
import { readJsonBody } from "@/lib/http/json-body";
import { parseQuery } from "@/lib/http/query";
import { userRoute } from "@/lib/http/user-route";

/** Lists the person's deployments, newest first: `?limit=&cursor=&q=&status=`. */
export const GET = userRoute(async (request, { user }) => {
  const query = parseQuery(new URL(request.url).searchParams, listQuerySchema);
  const { deployments, nextCursor } = await listDeployments(user.id, query);
  return Response.json({ deployments, next_cursor: nextCursor }, { headers: { "cache-control": "no-store" } });
});

/** Deploys an analysis, or analyzes and deploys a source: 201, while the steps run. */
export const POST = userRoute(async (request, { user }) => {
  const body = await readJsonBody(request, createBodySchema, { maxBytes: MAX_BODY_BYTES });
  const deployment = await createDeployment(user.id, {
    analysisId: body.analysis_id,
    source: body.repo_url,
    name: body.name,
    server: body.server,
    extraInputs: body.extra_inputs,
    inputs: body.inputs ?? {},
    notNeeded: body.not_needed,
    acceptedWarnings: body.accepted_warnings,
    runInstallScripts: body.run_install_scripts,
    machine: body.machine && parseMachineSettings(body.machine),
  });
  return Response.json(deployment, { status: 201, headers: { location: `/api/deployments/${deployment.id}` } });
});
