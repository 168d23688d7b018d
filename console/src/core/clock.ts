// The server's clock: that of an exercise, which plays the past and perhaps faster than it was,
// is its own. Pages ask it, not the browser, what time it is.
let server = 0;
let heard = 0;
let rate = 1;

/** The server's time as just heard (GET /session); how fast it runs shows between two of them. */
export function setClock(time: string, exercise: boolean): void {
  const told = Date.parse(time);
  const at = performance.now();
  if (server && exercise && at - heard > 2000) rate = Math.max(0, (told - server) / (at - heard));
  if (!exercise) rate = 1;
  server = told;
  heard = at;
}
/** ms since 1970. */
export const now = (): number => (server ? server + (performance.now() - heard) * rate : Date.now());
