/** security.md 3.6: `__Host-` binds a cookie to this host and to HTTPS (or the loopback address). */
export const SESSION_COOKIE = '__Host-twofold-session'
export const ATTEMPT_COOKIE = '__Host-twofold-attempt'
export const DEVICE_COOKIE = '__Host-twofold-device'
export const LINK_COOKIE = '__Host-twofold-link'
export const LOCALE_COOKIE = '__Host-twofold-locale'
