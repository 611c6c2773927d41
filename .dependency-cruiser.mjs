// The import arrows: core ← actors ← persistence, gateway (ARCHITECTURE.md). Types count as imports: a contract is one.
// Reads TypeScript through the version 6 API, which is why `typescript` is 6 here and `tsc` is 7.

/** A rule that forbids imports `from` modules `to` modules; both are parts of a cruiser rule. */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

export default {
  forbidden: [
    forbid('core-alone', 'core imports nothing from outside core', { path: '^core/' }, { pathNot: '^core/' }),
    forbid(
      'actors-inward',
      'actors know ports, not what stands behind them: no I/O, no clock, no socket',
      { path: '^actors/' },
      { pathNot: ['^core/', '^actors/', 'node_modules/effect/'] }
    ),
    forbid('persistence-apart', 'persistence knows core and actors', { path: '^persistence/' }, { path: '^gateway/' }),
    forbid(
      'gateway-apart',
      'only the composition root, the thread of readers and the command line know persistence',
      { path: '^gateway/', pathNot: '^gateway/(serve\\.ts|readers/readers-worker\\.ts|cli\\.ts|cli/)' },
      { path: '^persistence/' }
    ),
    forbid(
      'product-without-tests',
      'nothing that ships imports bench or test',
      { pathNot: '^(bench|test)/' },
      { path: '^(bench|test)/' }
    ),
    forbid(
      'web-apart',
      'the page is sent to browsers: core, the client, itself and Preact',
      { path: '^gateway/web/', pathNot: '^gateway/web/vite\\.config\\.ts$' },
      { pathNot: ['^core/', '^gateway/client/(?!nats-)', '^gateway/web/', 'node_modules/(preact|@preact)/'] }
    ),
    forbid(
      'client-apart',
      'the client is sent to browsers: core and itself; its part for services knows NATS besides',
      { path: '^gateway/client/', pathNot: '^gateway/client/nats-' },
      { pathNot: ['^core/', '^gateway/client/(?!nats-)'] }
    ),
    forbid(
      'client-nats-apart',
      'the client for services: core, the client and NATS',
      { path: '^gateway/client/nats-' },
      { pathNot: ['^core/', '^gateway/client/', 'node_modules/nats/'] }
    ),
    forbid(
      'one-door-to-sockets',
      'uWebSockets.js is native and comes per platform: one module knows it',
      { pathNot: '^gateway/uws\\.ts$' },
      { path: 'uWebSockets\\.js' }
    ),
    forbid(
      'ships-what-it-uses',
      'what the product imports is a dependency, not a development tool',
      { path: '^(core|actors|persistence|gateway)/' },
      { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] }
    ),
    forbid('no-cycles', 'imports have a direction', {}, { circular: true }),
    forbid('found', 'every import leads to a file', {}, { couldNotResolve: true })
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|gateway/web/dist|data|bench/out|test/out)/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json', '.css']
    }
  }
}
