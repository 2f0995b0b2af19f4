import { recordChange } from "../admin-log/record.ts";
import { db } from "../db/client.ts";
import { SESSION_MAX_AGE_S, sessionClaimsSchema } from "./session-cookie.ts";

/**
 * Ends one session on the server, since its sealed cookie would otherwise stay valid wherever it was copied to. A session is known
 * by its person and the moment of signing in. Other sessions of the person stay.
 *
 * @param claims of the session's token; anything else is ignored
 */
export async function endSession(claims: unknown, now = new Date()): Promise<void> {
  const session = sessionClaimsSchema.safeParse(claims).data;
  if (!session) return;
  const signedInAt = new Date(session.signedInAtMs);
  const isKnown = (await db().user.count({ where: { id: session.sub } })) > 0;
  if (isKnown) {
    const data = { userId: session.sub, signedInAt };
    await db().$transaction([
      db().signedOutSession.createMany({ data, skipDuplicates: true }),
      recordChange(db(), { action: "sign-in.ended", userId: session.sub, summary: "Signed out." }),
    ]);
  }
  // A session of that age is refused without its row.
  const oldest = new Date(now.getTime() - SESSION_MAX_AGE_S * 1_000);
  await db().signedOutSession.deleteMany({ where: { signedInAt: { lt: oldest } } });
}
