import { KeyText } from '../ui/code-list'
import { CopyButton } from '../ui/copy-button'
import { LinkButton } from '../ui/link-button'
import { Qr } from '../ui/qr'

export interface TotpConnectionProps {
  modules: readonly (readonly boolean[])[]
  keyText: string
  uri: string
  texts: { qr: string; key: string; copy: string; copied: string; open: string }
}

/** The picture, the same key as text, and on a phone the link that opens the app (E2). */
export function TotpConnection({ modules, keyText, uri, texts }: TotpConnectionProps) {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
      <Qr label={texts.qr} modules={modules} className="size-60 justify-self-center" />
      <KeyText
        label={texts.key}
        value={keyText}
        aside={<CopyButton text={keyText} label={texts.copy} copiedLabel={texts.copied} />}
      />
      <LinkButton href={uri} plain full className="pointer-fine:hidden">
        {texts.open}
      </LinkButton>
    </div>
  )
}
