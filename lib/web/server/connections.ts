import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import { seconds } from '../../core/kernel/time'

/** Longer than a proxy keeps a connection (nginx: 60 s), so that it is never the proxy that finds it gone. */
export const IDLE = seconds(75)
/** Beyond them the one that has been idle longest is closed. */
export const MAX_IDLE = 1_000
/** Requests of one connection that were sent before the first of them was answered; who sends more is cut off. */
export const MAX_UNANSWERED = 10
/**
 * How long a server that stops still takes connections, each for one more answer, while whoever sends asks elsewhere.
 */
export const DRAIN = seconds(3)
/** Answers under way are finished; one that takes longer than this is not waited for. */
export const MAX_ANSWER_TIME = seconds(10)
/** How long a connection that was taken may stay without its first request, once no more are taken. */
const FIRST_REQUEST = seconds(1)
/** A turn of the event loop in which nothing else was done; what connects within it is lost. */
const QUIET_TURN = 1
/** For what was sent on a kept connection before its end was known there. */
const LAST_REQUEST = 100

export interface Connections {
  isStopping(): boolean
  /**
   * Takes leave of every client: each connection is told with its next answer, and none is cut while it is answered.
   */
  stop(drain?: number, most?: number): Promise<void>
}

/**
 * One request of a connection at a time, as answers go out one after the other: those behind it are not begun, and
 * never where the connection has ended meanwhile.
 */
export function inTurn(listener: RequestListener): RequestListener {
  const last = new WeakMap<Socket, ServerResponse>()
  return (request, response) => {
    const { socket } = request
    if (socket.destroyed) return
    const before = last.get(socket)
    last.set(socket, response)
    response.once('close', () => {
      if (last.get(socket) === response) last.delete(socket)
    })
    if (before === undefined) return listener(request, response)
    before.once('close', () => {
      if (!socket.destroyed) listener(request, response)
    })
  }
}

export function tendConnections(server: Server, maxIdle = MAX_IDLE): Connections {
  server.keepAliveTimeout = IDLE
  /** The one that has been idle longest first. */
  const idle = new Set<Socket>()
  /** Of those, the ones that have asked for nothing yet: their first request is on its way. */
  const unasked = new Set<Socket>()
  /** By connection: an answer that waits for the one before it is told of no end of its connection. */
  const answering = new Map<Socket, Set<ServerResponse>>()
  let open = 0
  let taken = 0
  /** Requests are not read for now. */
  let held = false
  let stopping = false
  let wake: () => void = () => undefined

  const rest = (socket: Socket) => {
    if (socket.destroyed) return
    idle.delete(socket)
    idle.add(socket)
    const [oldest] = idle
    if (idle.size > maxIdle && oldest !== undefined) {
      idle.delete(oldest)
      oldest.destroy()
    }
  }
  const leave = (response: ServerResponse) => {
    if (!response.headersSent) response.shouldKeepAlive = false
  }

  server.on('connection', (socket) => {
    open += 1
    taken += 1
    unasked.add(socket)
    rest(socket)
    // A socket begins to read in the tick that follows.
    if (held) process.nextTick(() => socket.pause())
    socket.once('close', () => {
      open -= 1
      unasked.delete(socket)
      idle.delete(socket)
      answering.delete(socket)
      wake()
    })
  })
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    if (socket.destroyed) return
    idle.delete(socket)
    unasked.delete(socket)
    const answers = answering.get(socket) ?? new Set()
    answering.set(socket, answers.add(response))
    if (answers.size > MAX_UNANSWERED) socket.destroy()
    if (stopping) leave(response)
    wake()
    response.once('close', () => {
      answers.delete(response)
      if (answers.size > 0) return
      answering.delete(socket)
      rest(socket)
      wake()
    })
  })

  /** Until it holds, or so long. */
  function until(holds: () => boolean, milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        wake = () => undefined
        resolve()
      }, milliseconds)
      wake = () => {
        if (!holds()) return
        clearTimeout(timer)
        resolve()
      }
      wake()
    })
  }

  /**
   * Stops to listen after a turn of the event loop that took every connection there was and did nothing else: those
   * that still wait to be taken would be reset. Meanwhile no request is begun, so that such a turn comes.
   */
  async function stopListening(): Promise<void> {
    held = true
    for (const socket of idle) socket.pause()
    const end = performance.now() + FIRST_REQUEST
    for (let turn = -1; turn !== taken && performance.now() < end; ) {
      turn = taken
      const began = performance.now()
      await new Promise((resolve) => setImmediate(resolve))
      if (performance.now() - began > QUIET_TURN) turn = -1
    }
    // Not by the server of HTTP, which would end kept connections on which a request is waiting to be read.
    NetServer.prototype.close.call(server)
    held = false
    for (const socket of idle) socket.resume()
  }

  return {
    isStopping: () => stopping,
    stop: async (drain = DRAIN, most = MAX_ANSWER_TIME) => {
      stopping = true
      const end = performance.now() + most
      const left = (milliseconds: number) => Math.max(0, Math.min(milliseconds, end - performance.now()))
      for (const response of [...answering.values()].flatMap((answers) => [...answers])) leave(response)
      await until(() => open === 0, left(drain))
      await stopListening()
      await new Promise((resolve) => setTimeout(resolve, left(LAST_REQUEST)))
      await until(() => unasked.size === 0, left(FIRST_REQUEST))
      for (const socket of idle) socket.destroy()
      await until(() => answering.size === 0, left(most))
    },
  }
}
