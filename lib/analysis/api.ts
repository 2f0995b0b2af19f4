import { z } from "zod";
import { AppError, toAppError } from "../errors/app-error.ts";
import { readJsonBody } from "../http/json-body.ts";
import { formatEvent, SSE_HEADERS } from "../http/sse.ts";
import { analyze } from "./analyze.ts";
import type { Analysis } from "./spec.ts";

const MAX_BODY_BYTES = 64 * 1024;
const BODY_HINT = 'Send {"repo_url":"https://github.com/OWNER/NAME"}.';

const bodySchema = z.strictObject({
  repo_url: z.string({ error: "must be a text" }).min(1, "must not be empty").max(1_000, "is too long"),
  fresh: z.boolean().optional(),
});

/**
 * Answers POST /api/analyze: the analysis as JSON, or with `Accept: text/event-stream` its progress (`event: progress`)
 * and then `event: result` or `event: error`. As JSON, a source without a deployable server is an error. A stream
 * returns it as a result with its `kind`, because the page shows what the source is and lets the person name the
 * package.
 *
 * @throws AppError before a stream has begun; later errors are events of the stream
 */
export async function answerAnalyze(userId: string, request: Request): Promise<Response> {
  const body = await readJsonBody(request, bodySchema, { maxBytes: MAX_BODY_BYTES, hint: BODY_HINT });
  if (/\btext\/event-stream\b/.test(request.headers.get("accept") ?? "")) return streamed(userId, body, request.signal);
  const analysis = await analyze(userId, body.repo_url, { signal: request.signal, fresh: body.fresh });
  demandDeployable(analysis);
  return Response.json(analysis, { headers: { "cache-control": "no-store" } });
}

type Body = z.infer<typeof bodySchema>;

/** @throws AppError not_an_mcp_server, unsupported_server */
function demandDeployable(analysis: Analysis): void {
  if (analysis.kind === "stdio") return;
  const name = analysis.source.canonical;
  if (analysis.kind === "not-a-server") {
    throw new AppError("not_an_mcp_server", `There is no MCP server in ${name}.`, {
      hint: "It may be a client, an SDK or a library. Paste the repository or package of a server.",
    });
  }
  if (analysis.kind === "remote-only") {
    throw new AppError(
      "unsupported_server",
      `This server is hosted at ${analysis.remoteUrl}; there is nothing to deploy.`,
      {
        hint: "Add that URL to your client as it is.",
      },
    );
  }
  const why = analysis.warnings.find(({ code }) => code === "no_package" || code === "network_only")?.message;
  throw new AppError("unsupported_server", why ?? "It is a server, but no package of it is published on npm or PyPI.", {
    hint: analysis.remoteUrl
      ? `It is hosted as well: ${analysis.remoteUrl}`
      : "Ask its author to publish it, or deploy a package that is.",
  });
}

function streamed(userId: string, body: Body, signal: AbortSignal): Response {
  const encoder = new TextEncoder();
  const stopped = new AbortController();
  const stream = new ReadableStream<Uint8Array>({
    start: async (controller) => {
      const send = (event: string, data: unknown) => {
        if (!stopped.signal.aborted)
          controller.enqueue(encoder.encode(formatEvent({ event, data: JSON.stringify(data) })));
      };
      controller.enqueue(encoder.encode(": ok\n\n"));
      try {
        const analysis = await analyze(userId, body.repo_url, {
          signal: AbortSignal.any([signal, stopped.signal]),
          onProgress: (event) => send("progress", event),
          fresh: body.fresh,
        });
        send("result", analysis);
      } catch (error) {
        if (signal.aborted || stopped.signal.aborted) return;
        const told = toAppError(error);
        if (told.code === "internal") console.error(error);
        send("error", { error: told.toBody() });
      } finally {
        if (!stopped.signal.aborted) controller.close();
      }
    },
    cancel: () => stopped.abort(),
  });
  return new Response(stream, { headers: SSE_HEADERS });
}
