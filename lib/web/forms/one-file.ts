import { delimiterIn } from '../../core/kernel/multipart'

/** More than browsers write before the content of a file, whatever it is called. */
const MAX_HEAD = 4096

/**
 * The file of a form that is this one field (RFC 7578), empty where none was chosen; null where the form is anything
 * else. General readers take a form apart, and one of many thousand parts keeps everybody waiting (N36): here the first
 * part must be the last.
 */
export function oneFileIn(type: string, body: Buffer, field: string): Buffer | null {
  const delimiter = delimiterIn(type)
  if (delimiter === null) return null
  const end = body.lastIndexOf(`\r\n${delimiter}--`)
  const headEnd = body.subarray(0, MAX_HEAD).indexOf('\r\n\r\n')
  // The line end that some write behind it, and nothing else.
  const rest = body.toString('latin1', end).slice(delimiter.length + 4)
  if (headEnd < 0 || end < headEnd + 4 || !['', '\r\n'].includes(rest)) return null
  const [opening, ...head] = body.toString('utf8', 0, headEnd).split('\r\n')
  const named = head.some((line) =>
    line.toLowerCase().startsWith(`content-disposition: form-data; name="${field}"; filename=`),
  )
  const another = body.subarray(headEnd + 2, end).includes(`\r\n${delimiter}`)
  return opening === delimiter && named && !another ? body.subarray(headEnd + 4, end) : null
}
