// The part of mcp-host that the gateway shares: reading, checking and answering messages, and sealing session ids. The gateway
// imports nothing else, so all else can change without it.
export { accepts } from "./accept.ts";
export { isModern } from "./era.ts";
export { parseEventId } from "./event-ids.ts";
export { canonicalJson, isObject, parseJson } from "./json.ts";
export {
  type Classified,
  classify,
  ERROR_CODES,
  type ErrorBody,
  type Id,
  type RequestMessage,
  type ResponseMessage,
  toErrorResponse,
  toIdKey,
} from "./jsonrpc.ts";
export { findList, LIST_CHANGES, LISTS, type ListMember, type ListMethod } from "./lists.ts";
export { type RequestMeta, readMeta, readVersion } from "./meta.ts";
export { checkHeaders } from "./request-headers.ts";
export {
  modernize,
  toDiscoverResult,
  toHttpStatus,
  toSubscriptionEnd,
  toSubscriptionNotification,
} from "./results.ts";
export { SessionIds } from "./session-ids.ts";
export { readSubscriptionFilter } from "./subscription-filter.ts";
export {
  LEGACY_VERSIONS,
  MODERN_VERSIONS,
  NEWEST_LEGACY_VERSION,
  negotiateLegacyVersion,
} from "./versions.ts";
