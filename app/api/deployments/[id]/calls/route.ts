import { z } from "zod";
import { callFilterSchema, callQuerySchema } from "@/lib/deployments/calls/call-query";
import { deleteCalls, listCalls, setPayloadRecording } from "@/lib/deployments/service";
import { readJsonBody } from "@/lib/http/json-body";
import { parseQuery } from "@/lib/http/query";
import { userRoute } from "@/lib/http/user-route";

const MAX_BODY_BYTES = 1_024;
const recordingSchema = z.strictObject({ payloads: z.boolean() });

/** Lists calls, newest first: `?limit=&cursor=&method=&target=&client=&person=&outcome=&kind=&from=&until=`. */
export const GET = userRoute<{ id: string }>(async (request, { user, params }) => {
  const query = parseQuery(new URL(request.url).searchParams, callQuerySchema);
  const { calls, nextCursor } = await listCalls(user.id, params.id, query);
  return Response.json({ calls, next_cursor: nextCursor }, { headers: { "cache-control": "no-store" } });
});

/** Sets whether arguments and results are recorded: `{"payloads": true}`. */
export const PUT = userRoute<{ id: string }>(async (request, { user, params }) => {
  const { payloads } = await readJsonBody(request, recordingSchema, { maxBytes: MAX_BODY_BYTES });
  await setPayloadRecording(user.id, params.id, payloads);
  return Response.json({ payloads });
});

/** Deletes the calls that a filter finds, or all of them. */
export const DELETE = userRoute<{ id: string }>(async (request, { user, params }) => {
  const filter = parseQuery(new URL(request.url).searchParams, callFilterSchema);
  return Response.json({ deleted: await deleteCalls(user.id, params.id, filter) });
});
