const HOUR_S = 60 * 60;
const DAY_S = 24 * HOUR_S;

/**
 * Access tokens. Revoking does not wait for their end: the gateway also asks whether the grant is alive. A long life helps clients
 * that refresh badly, and keeps clients working while the database is away.
 */
export const ACCESS_TOKEN_S = 8 * HOUR_S;
/** Refresh tokens, from their last rotation. */
export const REFRESH_TOKEN_S = 90 * DAY_S;
export const AUTHORIZATION_CODE_S = 2 * 60;
/** A sign-in, or an invitation to accept, may lie between the client's request and the person's decision. */
export const INTERACTION_S = HOUR_S;
/** A refresh token that was just rotated still works for this long: clients refresh from several processes at once. */
export const REFRESH_GRACE_S = 2 * 60;
/** A code that was just redeemed counts as being redeemed for at most this long, until its refresh token is stored. */
export const CODE_IN_FLIGHT_S = 10;
/** Uses of one refresh token within the grace period. */
export const MAX_GRACE_USES = 10;
/** A registration that no grant uses is deleted after this long. */
export const UNUSED_REGISTRATION_S = 7 * DAY_S;
/** A new key signs access tokens after this long. */
export const SIGNING_KEY_S = 30 * DAY_S;
/** Published this long before it signs: longer than any instance keeps what it knows of the keys. */
export const SIGNING_KEY_LEAD_S = 15 * 60;
