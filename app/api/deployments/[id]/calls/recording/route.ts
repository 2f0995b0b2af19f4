import { z } from "zod";
import { setPayloadRecording } from "@/lib/deployments/service";
import { readJsonBody } from "@/lib/http/json-body";
import { userRoute } from "@/lib/http/user-route";

const MAX_BODY_BYTES = 1_024;
const recordingSchema = z.strictObject({ payloads: z.boolean() });

/** Sets whether arguments and results are recorded: `{"payloads": true}`. */
export const PUT = userRoute<{ id: string }>(async (request, { user, params }) => {
  const { payloads } = await readJsonBody(request, recordingSchema, { maxBytes: MAX_BODY_BYTES });
  await setPayloadRecording(user.id, params.id, payloads);
  return Response.json({ payloads });
});
