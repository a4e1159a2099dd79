/** An API answer; never cached, never anything but JSON to a browser (ASVS 3.2.1). */
export function json(body: unknown, status = 200): Response {
  return Response.json(body, {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' },
  })
}
