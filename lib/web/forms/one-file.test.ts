import { expect, test } from 'vitest'
import { oneFileIn } from './one-file'

const TYPE = 'multipart/form-data; boundary=X'
const HEAD = 'Content-Disposition: form-data; name="logo"; filename="a.png"\r\nContent-Type: image/png'
const part = (content: string, head = HEAD) => `--X\r\n${head}\r\n\r\n${content}\r\n`
const read = (text: string, type = TYPE) =>
  oneFileIn(type, Buffer.from(text, 'latin1'), 'logo')?.toString('latin1') ?? null

test.each(['', 'x', '\r\n', '--', '\x89PNG\r\n\x1a\n\0\r\n\r\n--', '\r\n--Y--\r\n'])(
  'X9: the file of a form is what was sent, to the byte: %j',
  (content) => {
    expect(read(`${part(content)}--X--`)).toBe(content)
    expect(read(`${part(content)}--X--\r\n`)).toBe(content)
  },
)

test('X9: as this program writes it, whatever the file is called', async () => {
  for (const name of ['a.png', 'ロゴ "x"; name="b".png', `${'x'.repeat(255)}.png`]) {
    const form = new FormData()
    form.set('logo', new File([Buffer.from([1, 0, 255])], name))
    const sent = new Response(form)
    const body = Buffer.from(await sent.arrayBuffer())
    expect(oneFileIn(sent.headers.get('content-type') ?? '', body, 'logo')).toEqual(Buffer.from([1, 0, 255]))
  }
})

test.each([
  ['nothing', ''],
  ['no end', part('x')],
  ['an end alone', '--X--\r\n'],
  ['something before', `x\r\n${part('x')}--X--`],
  ['something behind', `${part('x')}--X--x`],
  ['two parts', `${part('x')}${part('y')}--X--`],
  ['an end within', `${part('x')}--X--\r\n${part('y')}--X--`],
  ['a part that is empty of lines', `--X\r\n${HEAD}\r\n\r\n--X--`],
  ['another field', `${part('x', HEAD.replace('logo', 'file'))}--X--`],
  ['a field that is no file', `${part('x', 'Content-Disposition: form-data; name="logo"')}--X--`],
  ['a head without end', `--X\r\n${'a: b\r\n'.repeat(1000)}\r\nx\r\n--X--`],
])('X9 N36: of a form with %s no file is read', (_what, text) => {
  expect(read(text)).toBeNull()
})

test('X9 N36: a form of another kind has none', () => {
  const text = `${part('x')}--X--`
  for (const type of ['', 'multipart/form-data', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary='])
    expect(read(text, type)).toBeNull()
  expect(read(text, 'Multipart/Form-Data; boundary="X"')).toBe('x')
})
