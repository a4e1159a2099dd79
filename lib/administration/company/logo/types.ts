export const PICTURE_TYPES = ['image/png', 'image/jpeg'] as const

export interface Picture {
  type: (typeof PICTURE_TYPES)[number]
  width: number
  height: number
}

/** Why a file is no logo. */
export const PICTURE_PROBLEMS = ['no_picture', 'too_large', 'too_wide'] as const
export type PictureProblem = (typeof PICTURE_PROBLEMS)[number]

/** And why none was looked at. */
export const LOGO_PROBLEMS = [...PICTURE_PROBLEMS, 'missing', 'other_session', 'busy'] as const
export type LogoProblem = (typeof LOGO_PROBLEMS)[number]
