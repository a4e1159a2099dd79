import { locate } from './rings'
import { resolveImport, type Source } from './source'
import type { Violation } from './violation'

/** Value imports between domains that do not count, each with the reason. */
export const CYCLE_EXCEPTIONS: readonly { file: string; to: string; reason: string }[] = []

/** Circles of value imports: between files anywhere, and between the domains of lib. */
export function checkCycles(sources: readonly Source[], exceptions = CYCLE_EXCEPTIONS): Violation[] {
  const known = new Set(sources.map((source) => source.path))
  const files = new Map<string, Set<string>>()
  const folders = new Map<string, Set<string>>()
  const link = (graph: Map<string, Set<string>>, from: string, to: string) => {
    graph.set(from, (graph.get(from) ?? new Set()).add(to))
  }
  for (const source of sources.filter((each) => locate(each.path).kind !== 'testing')) {
    for (const entry of source.imports) {
      const target = entry.typeOnly ? null : resolveImport(entry.from, source.path, known)
      if (target === null || !known.has(target)) continue
      link(files, source.path, target)
      const [from, to] = [domainOf(source.path), domainOf(target)]
      const excepted = exceptions.some((each) => each.file === source.path && each.to === target)
      if (from !== null && to !== null && from !== to && !excepted) link(folders, from, to)
    }
  }
  const told = (circle: readonly string[]) => `a circle of value imports: ${circle.join(' → ')}`
  return [
    ...circles(files).map((circle) => ({ file: circle[0] ?? '', rule: 'cycles', reason: told(circle) })),
    ...circles(folders).map((circle) => ({ file: `lib/${circle[0]}`, rule: 'cycles', reason: told(circle) })),
  ]
}

function domainOf(path: string): string | null {
  const { kind, folder } = locate(path)
  const inside = path.startsWith('lib/') && folder !== null && kind !== 'testing'
  return inside && !/^(core\/|web$|cli$|testing$)/.test(folder) ? folder : null
}

/** One circle for each group of nodes that reach one another, from the first by name and back to it. */
function circles(graph: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const found: string[][] = []
  const seen = new Set<string>()
  for (const start of [...graph.keys()].sort()) {
    if (seen.has(start)) continue
    const circle = pathTo(graph, start)
    if (circle === null) continue
    found.push(circle)
    for (const node of circle) seen.add(node)
  }
  return found
}

/** The shortest way from a node back to itself. */
function pathTo(graph: ReadonlyMap<string, ReadonlySet<string>>, start: string): string[] | null {
  const ways: string[][] = [[start]]
  const visited = new Set<string>()
  for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
    for (const next of graph.get(way.at(-1) ?? '') ?? []) {
      if (next === start) return [...way, next]
      if (visited.has(next)) continue
      visited.add(next)
      ways.push([...way, next])
    }
  }
  return null
}
