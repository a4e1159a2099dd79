import { z } from 'zod'

export const deviceSchema = z.object({ device: z.uuid() })
export const sessionSchema = z.object({ session: z.uuid() })
export const eitherSchema = z.union([deviceSchema, sessionSchema])
