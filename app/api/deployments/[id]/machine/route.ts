import { MAX_BODY_BYTES, machineBodySchema, parseMachineSettings } from "@/lib/deployments/api";
import { updateMachineSettings } from "@/lib/deployments/service";
import { readJsonBody } from "@/lib/http/json-body";
import { userRoute } from "@/lib/http/user-route";

/** Changes the machine's memory, region or sleep setting. An absent field keeps its value. */
export const PUT = userRoute<{ id: string }>(async (request, { user, params }) => {
  const settings = parseMachineSettings(await readJsonBody(request, machineBodySchema, { maxBytes: MAX_BODY_BYTES }));
  return Response.json(await updateMachineSettings(user.id, params.id, settings), { status: 202 });
});
