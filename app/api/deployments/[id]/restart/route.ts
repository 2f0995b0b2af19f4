import { resolvePackageAgain, restartDeployment } from "@/lib/deployments/service";
import { userRoute } from "@/lib/http/user-route";

/** With `?resolve=true`, installs what the registry has now, without the hashes of the first install. */
export const POST = userRoute<{ id: string }>(async (request, { user, params }) => {
  const resolves = new URL(request.url).searchParams.get("resolve") === "true";
  const view = await (resolves ? resolvePackageAgain : restartDeployment)(user.id, params.id);
  return Response.json(view, { status: 202 });
});
