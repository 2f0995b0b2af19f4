import { MAX_BODY_BYTES, replaceBodySchema } from "@/lib/deployments/api";
import { replaceInputs } from "@/lib/deployments/service";
import { readJsonBody } from "@/lib/http/json-body";
import { userRoute } from "@/lib/http/user-route";

/** Replaces values. An absent key keeps its value, and "" or null removes it. */
export const PUT = userRoute<{ id: string }>(async (request, { user, params }) => {
  const { inputs, extra_inputs, not_needed } = await readJsonBody(request, replaceBodySchema, {
    maxBytes: MAX_BODY_BYTES,
  });
  return Response.json(
    await replaceInputs(user.id, params.id, inputs, { notNeeded: not_needed, extraInputs: extra_inputs }),
    { status: 202 },
  );
});
