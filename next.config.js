/** Headers and the content security policy come from lib/web/server/listener.ts, for every response alike. */
export default {
  poweredByHeader: false,
  reactStrictMode: true,
  devIndicators: false,
  compress: true,
  images: { unoptimized: true },
  serverExternalPackages: [
    '@node-rs/argon2',
    '@node-rs/bcrypt',
    'better-sqlite3',
    'pg',
    'pino',
    '@prisma/client',
    '@prisma/adapter-pg',
  ],
  experimental: {
    serverActions: { bodySizeLimit: '64kb' },
    // Pages are loaded as they are asked for: the first one need not wait for all.
    preloadEntriesOnStart: false,
  },
}
