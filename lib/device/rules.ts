/** security.md 3.4. */
export const DEVICE_COOKIE_DAYS = 400

export interface DeviceRow {
  id: string
  userId: string
  verifiedAt: Date | null
  forgottenAt: Date | null
}

/** D2, S21: a browser this person has signed in with; it has a budget of tries of its own (security.md 3.3). */
export function isRemembered(device: DeviceRow | null, userId: string): device is DeviceRow {
  return device !== null && device.userId === userId && device.forgottenAt === null
}

/** D7: a remembered browser in which a verification succeeded. */
export function isKnown(device: DeviceRow | null, userId: string): device is DeviceRow {
  return isRemembered(device, userId) && device.verifiedAt !== null
}
