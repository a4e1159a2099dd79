import '../../core/node-version'

await import('./serve')
