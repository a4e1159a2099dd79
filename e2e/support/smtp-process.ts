import { SMTPServer } from 'smtp-server'

/**
 * A mail server as a process of its own, at the port it is given: tells its parent of each mail, and refuses for good
 * the recipients it was told to refuse.
 */
const refused = new Set<string>()
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  logger: false,
  onRcptTo: ({ address }, _session, callback) =>
    callback(refused.has(address) ? Object.assign(new Error('no such mailbox'), { responseCode: 550 }) : null),
  onData: (stream, session, callback) => {
    const parts: Buffer[] = []
    stream.on('data', (part: Buffer) => parts.push(part))
    stream.on('end', () => {
      process.send?.({ to: session.envelope.rcptTo.map((each) => each.address), raw: Buffer.concat(parts).toString() })
      callback()
    })
  },
})
server.listen(Number(process.argv[2]), '127.0.0.1', () => process.send?.('ready'))
process.on('message', (address: string) => {
  refused.add(address)
  process.send?.('noted')
})
process.once('disconnect', () => process.exit(0))
