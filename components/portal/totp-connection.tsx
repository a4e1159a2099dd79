import { KeyText } from '../ui/code-list'
import { CopyButton } from '../ui/copy-button'
import { Fold } from '../ui/disclosure'
import { LinkButton } from '../ui/link-button'
import { Qr } from '../ui/qr'

export interface TotpConnectionProps {
  modules: readonly (readonly boolean[])[]
  keyText: string
  uri: string
  texts: { apps: string; qr: string; showQr: string; key: string; copy: string; copied: string; open: string }
}

/**
 * The picture, the same key as text, and a link that opens the app (E2). On a phone, which cannot scan itself, the link
 * comes first and the picture waits behind a line.
 */
export function TotpConnection({ modules, keyText, uri, texts }: TotpConnectionProps) {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
      <p className="text-sm text-ink-muted">{texts.apps}</p>
      <LinkButton href={uri} plain full className="sm:pointer-fine:hidden">
        {texts.open}
      </LinkButton>
      <Fold summary={texts.showQr}>
        <Qr label={texts.qr} modules={modules} className="size-60 justify-self-center" />
      </Fold>
      <KeyText
        label={texts.key}
        value={keyText}
        aside={<CopyButton text={keyText} label={texts.copy} copiedLabel={texts.copied} />}
      />
    </div>
  )
}
