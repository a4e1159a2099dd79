/** Where people of a company get help, in its own words (X9). */
export interface HelpLine {
  /** One line; empty where there is only a link. */
  text: string
  link: { href: string; shown: string } | null
}
