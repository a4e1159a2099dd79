import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

/**
 * A mail server as a process of its own: takes every mail over and keeps none. Tells its port, then how many it took.
 */
let taken = 0
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  logger: false,
  onData: (stream, _session, callback) => {
    stream.resume()
    stream.on('end', () => {
      taken += 1
      callback()
    })
  },
})
const listener = server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (listener.address() as AddressInfo).port })
})
process.on('message', () => process.send?.({ taken }))
process.once('disconnect', () => process.exit(0))
