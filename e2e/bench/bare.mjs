// The unit of what answers: a bare server of Node, in a process of its own.
import { createServer } from 'node:http'

const body = JSON.stringify({ ok: true })
const server = createServer((_request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': body.length })
  response.end(body)
})
server.listen(0, '127.0.0.1', () => process.send?.(server.address().port))
