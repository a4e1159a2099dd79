'use client'

import type { ReactNode } from 'react'
import { CodeList } from '../ui/code-list'
import { CopyButton } from '../ui/copy-button'
import { DownloadButton } from '../ui/download-button'
import { ActionForm, useActionForm } from '../ui/form'
import type { FormAction } from '../ui/form-state'
import { PageHeader, QuietLinks } from '../ui/heading'
import { PasscodeField } from '../ui/passcode-field'
import { PrintButton } from '../ui/print-button'
import { Steps } from '../ui/steps'
import { SubmitButton } from '../ui/submit-button'
import { TextField } from '../ui/text-field'
import { TextLink } from '../ui/text-link'

export interface WizardSteps {
  items: string[]
  /** Where one is, at each of them. */
  text: string[]
  done: string
  /** Of them, how many are behind one when the wizard begins. */
  before: number
}

export interface EnrolTexts {
  steps: WizardSteps | null
  connectTitle: string
  connectIntro: string
  passcode: string
  passcodeHint: string
  another: string
  verify: string
  codesTitle: string
  codesIntro: string
  codesLabel: string
  typeBack: string
  typeBackHint: string
  goOn: string
  copy: string
  copied: string
  download: string
  print: string
  sheetTitle: string
  sheetLines: string[]
  fileName: string
  renewTitle: string
  renewIntro: string
  renew: string
  working: string
}

export interface EnrolFormProps {
  action: FormAction
  /** Connect a factor, or get codes where a factor is connected already. */
  stage: 'connect' | 'codes'
  /** QR code and key, for the stage that connects. */
  connect: ReactNode
  /** Where another kind can be chosen. */
  another?: string
  hidden?: Record<string, string>
  texts: EnrolTexts
}

/**
 * Connect, confirm, keep a way back: one form, so that the codes stand in the answer to the post that made them (E4).
 */
export function EnrolForm({ action, hidden, ...stage }: EnrolFormProps) {
  return (
    <ActionForm action={action} hidden={hidden}>
      <Stage {...stage} />
    </ActionForm>
  )
}

function Stage({ stage, connect, another, texts }: Omit<EnrolFormProps, 'action' | 'hidden'>) {
  const { state } = useActionForm()
  const codes = state.data?.codes
  if (Array.isArray(codes)) return <Codes codes={codes} number={String(state.data?.number ?? '')} texts={texts} />
  if (stage === 'codes') return <Renew texts={texts} />
  return (
    <>
      <Head texts={texts} current={2} title={texts.connectTitle} intro={texts.connectIntro} />
      {connect}
      <input type="hidden" name="intent" value="confirm" />
      <PasscodeField label={texts.passcode} name="passcode" digits={6} hint={texts.passcodeHint} />
      <SubmitButton full pendingLabel={texts.working}>
        {texts.verify}
      </SubmitButton>
      {another ? (
        <QuietLinks inForm>
          <TextLink href={another} quiet>
            {texts.another}
          </TextLink>
        </QuietLinks>
      ) : null}
    </>
  )
}

/** Where one is in the wizard, whatever came before it. */
export function WizardStep({ steps, current }: { steps: WizardSteps | null; current: 1 | 2 | 3 }) {
  if (steps === null) return null
  const at = steps.before + current
  return <Steps items={steps.items} current={at} text={steps.text[at - 1] ?? ''} doneLabel={steps.done} />
}

function Head({ texts, current, title, intro }: { texts: EnrolTexts; current: 2 | 3; title: string; intro: string }) {
  return (
    <div className="-order-1">
      <WizardStep steps={texts.steps} current={current} />
      <PageHeader title={title} intro={intro} inForm />
    </div>
  )
}

function Codes({ codes, number, texts }: { codes: string[]; number: string; texts: EnrolTexts }) {
  const sheet = { title: texts.sheetTitle, lines: texts.sheetLines }
  const numbered = codes.map((code, index) => `${String(index + 1).padStart(2)}  ${code}`).join('\n')
  const file = [texts.sheetTitle, ...texts.sheetLines, '', numbered, ''].join('\n')
  return (
    <>
      <Head texts={texts} current={3} title={texts.codesTitle} intro={texts.codesIntro} />
      <CodeList label={texts.codesLabel} codes={codes} sheet={sheet} />
      <div className="flex flex-wrap gap-2">
        <CopyButton text={numbered} label={texts.copy} copiedLabel={texts.copied} />
        <DownloadButton text={file} fileName={texts.fileName} label={texts.download} />
        <PrintButton label={texts.print} />
      </div>
      <input type="hidden" name="intent" value="type_back" />
      <input type="hidden" name="codes" value={codes.join(' ')} />
      <input type="hidden" name="number" value={number} />
      <TextField
        label={texts.typeBack.replace('#', number)}
        name="typed"
        hint={texts.typeBackHint}
        autoComplete="off"
        mono
      />
      <SubmitButton full pendingLabel={texts.working}>
        {texts.goOn}
      </SubmitButton>
    </>
  )
}

function Renew({ texts }: { texts: EnrolTexts }) {
  return (
    <>
      <Head texts={texts} current={3} title={texts.renewTitle} intro={texts.renewIntro} />
      <input type="hidden" name="intent" value="renew" />
      <SubmitButton full pendingLabel={texts.working}>
        {texts.renew}
      </SubmitButton>
    </>
  )
}
