import { z } from "zod";
import type { RunEvent } from "@/components/deployment/run-events";
import { RUN_EVENTS_MEDIA_TYPE } from "@/components/deployment/run-events";
import { MAX_BODY_BYTES } from "@/lib/deployments/api";
import { toAppError } from "@/lib/errors/app-error";
import { callTool } from "@/lib/gateway/service";
import { readJsonBody } from "@/lib/http/json-body";
import { userRoute } from "@/lib/http/user-route";

export const dynamic = "force-dynamic";
export const maxDuration = 300;

const bodySchema = z.object({
  tool: z.string().min(1).max(1_000),
  arguments: z.record(z.string(), z.unknown()),
});

/** Later messages are dropped, so that a tool that never stops sending cannot fill the page. */
const MAX_MESSAGES = 1_000;
/** Proxies close connections that stay silent for longer. */
const KEEP_ALIVE_MS = 10_000;

/**
 * Runs a tool for the deployment's owner and streams its events, one line of JSON each. A server action could neither stream
 * progress nor be cancelled, and would block every other action of the page.
 */
export const POST = userRoute<{ id: string }>(async (request, { user, params }) => {
  const body = await readJsonBody(request, bodySchema, { maxBytes: MAX_BODY_BYTES });
  const encoder = new TextEncoder();
  const disconnected = new AbortController();
  const signal = AbortSignal.any([request.signal, disconnected.signal]);
  let keepAlive: ReturnType<typeof setInterval> | undefined;

  const stream = new ReadableStream<Uint8Array>({
    async start(controller) {
      const send = (text: string) => {
        if (!signal.aborted) controller.enqueue(encoder.encode(text));
      };
      const sendEvent = (event: RunEvent) => send(`${JSON.stringify(event)}\n`);
      let messageCount = 0;
      const onMessage = (message: unknown) => {
        messageCount += 1;
        if (messageCount <= MAX_MESSAGES) sendEvent({ type: "message", message });
      };
      // The response headers are sent with the first bytes.
      send("\n");
      keepAlive = setInterval(() => send("\n"), KEEP_ALIVE_MS);
      try {
        const call = await callTool(user.id, params.id, body.tool, body.arguments, { signal, onMessage });
        sendEvent({ type: "done", request: call.request, response: call.response, durationMs: call.durationMs });
      } catch (thrown) {
        const error = toAppError(thrown);
        if (error.code === "internal" && !signal.aborted) console.error(thrown);
        sendEvent({ type: "error", error: error.toBody() });
      } finally {
        clearInterval(keepAlive);
        if (!signal.aborted) controller.close();
      }
    },
    cancel() {
      clearInterval(keepAlive);
      disconnected.abort();
    },
  });
  return new Response(stream, {
    headers: {
      "content-type": RUN_EVENTS_MEDIA_TYPE,
      "cache-control": "no-store, no-transform",
      "x-accel-buffering": "no",
    },
  });
});
