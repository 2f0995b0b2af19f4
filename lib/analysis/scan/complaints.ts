/** What a service gives to those who have no credential, or a server does without one. */
const GOES_ON =
  /optional|limit|public|anonym|free|unauth|without|some|only|fall|default|instead|skip|disabl|unavailable|mock|demo|local/i;

/** Returns whether a message about an absent value tells of a way to go on without it: "No key: requests are limited". */
export function tellsOfWayWithout(message: string): boolean {
  return GOES_ON.test(message);
}
