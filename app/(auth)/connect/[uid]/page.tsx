import { TriangleAlert } from "lucide-react";
import type { Metadata } from "next";
import { cookies } from "next/headers";
import { AuthCard } from "@/components/auth/auth-card";
import { SignOutButton } from "@/components/auth/sign-out-button";
import { ConsentForm } from "@/components/connect/consent-form";
import { Alert, AlertDescription } from "@/components/ui/alert";
import { buttonVariants } from "@/components/ui/button";
import { requireUser } from "@/lib/auth/session";
import { type ConsentRequest, consentChoices, INTERACTION_COOKIE, readConsentRequest } from "@/lib/oauth/consent";
import type { UsableDeployment } from "@/lib/oauth/membership";
import { cn } from "@/lib/util/class-names";

export const metadata: Metadata = { title: "Connect a client" };

const MAX_TOOLS_SHOWN = 6;

/** Asks a person whether a client may use a deployment. The page changes nothing: browsers load it twice, and look ahead. */
export default async function ConnectPage({ params }: { params: Promise<{ uid: string }> }) {
  const { uid } = await params;
  const request = await readConsentRequest(uid, (await cookies()).get(INTERACTION_COOKIE)?.value);
  if (request === null) return <Ended />;
  const user = await requireUser();
  const deployments = await consentChoices(user.id, request);
  const { clientName, redirectKind } = request;
  return (
    <AuthCard
      title={`Connect ${clientName}?`}
      lead={
        deployments.length > 0 ? (
          <Permission request={request} deployments={deployments} />
        ) : (
          "There is no deployment that you may use at this address. Ask the person who owns it to let you use it."
        )
      }
    >
      <dl className="grid gap-2 text-sm">
        <Fact name="Client">
          {clientName}
          {request.documentHost && <span className="text-muted-foreground"> ({request.documentHost})</span>}
        </Fact>
        <Fact name="Sends you to">{request.redirectHost}</Fact>
        <Fact name="Signed in as">{user.email}</Fact>
      </dl>
      <Caution request={request} />
      <ConsentForm
        action={`/connect/${uid}/decide`}
        userId={user.id}
        clientName={clientName}
        deployments={deployments}
        opensApp={redirectKind === "private-scheme"}
      />
      <div className="grid gap-2 border-t pt-4 text-[0.8125rem] text-muted-foreground">
        <p>If several windows like this have opened, one is enough.</p>
        <SignOutButton
          className={cn(buttonVariants({ variant: "ghost", size: "sm" }), "justify-self-start")}
          goTo={`/sign-in?callbackUrl=${encodeURIComponent(`/connect/${uid}`)}`}
        />
      </div>
    </AuthCard>
  );
}

function Permission({ request, deployments }: { request: ConsentRequest; deployments: UsableDeployment[] }) {
  const [only, ...others] = deployments;
  if (only === undefined || others.length > 0) {
    return `${request.clientName} will be able to use every tool of the deployment that you choose, with the credentials stored there, until you disconnect it.`;
  }
  const { tools } = only;
  const more = tools.length - MAX_TOOLS_SHOWN;
  return (
    <>
      <p>
        {request.clientName} will be able to use every tool of <strong className="text-foreground">{only.name}</strong>,
        with the credentials stored there, until you disconnect it.
      </p>
      {tools.length > 0 && (
        <p className="mt-2 break-words text-sm">
          Tools: {tools.slice(0, MAX_TOOLS_SHOWN).join(", ")}
          {more > 0 && ` and ${more} more`}
        </p>
      )}
    </>
  );
}

/** A plain word where the client's name proves nothing. */
function Caution({ request }: { request: ConsentRequest }) {
  const { redirectKind, documentHost, redirectHost, clientName } = request;
  const text =
    redirectKind === "loopback"
      ? `A program on this computer asks, and any program can call itself “${clientName}”. Allow it only if you have just begun to connect it yourself.`
      : documentHost === null
        ? `This client chose its own name, which Catwalk cannot check. Allow it only if you have just begun to connect it, and know ${redirectHost}.`
        : null;
  if (text === null) return null;
  return (
    <Alert variant="warning" role="note">
      <TriangleAlert aria-hidden="true" />
      <AlertDescription>{text}</AlertDescription>
    </Alert>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div className="grid gap-x-4 sm:grid-cols-[7rem_minmax(0,1fr)]">
      <dt className="text-muted-foreground">{name}</dt>
      <dd className="min-w-0 break-words font-medium">{children}</dd>
    </div>
  );
}

function Ended() {
  return (
    <AuthCard
      title="This request has ended"
      lead="It was answered already, is older than an hour, or was begun in another browser. Start again from your client."
    >
      <a className={buttonVariants({ variant: "outline" })} href="/">
        Go to your deployments
      </a>
    </AuthCard>
  );
}
