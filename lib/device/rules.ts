/** security.md 3.4. */
export const DEVICE_COOKIE_DAYS = 400

export interface DeviceRow {
  id: string
  userId: string
  forgottenAt: Date | null
}

/** D2, D7, S21: a device is known to one person only, from a row that has not been forgotten. */
export function isKnown(device: DeviceRow | null, userId: string): boolean {
  return device !== null && device.userId === userId && device.forgottenAt === null
}
