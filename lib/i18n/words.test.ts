import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'
import { describe, expect, test } from 'vitest'
import { endingOf, fits, PARTICLES } from '../testing/korean'
import { messagesOf } from '../testing/messages'
import { LOCALES, type Locale } from './locales'

/** A text without the names of its values. */
const withoutNames = (text: string) => text.replace(/\{\w+(?=[,}])/g, '{')

const textsOf = (locale: Locale) => [...messagesOf(locale)]

const OUTSIDE_MESSAGES = ['core/failure.ts', 'core/env.ts', 'core/boot.ts']

/** What commands and the start say, which is in no file of messages: literals that are a sentence. */
function sentencesOfCommands(): [string, string][] {
  const root = join(import.meta.dirname, '..')
  const commands = readdirSync(join(root, 'cli')).filter((name) => /(?<!testing|\.test)\.ts$/.test(name))
  const sentences: [string, string][] = []
  for (const path of [...commands.map((name) => `cli/${name}`), ...OUTSIDE_MESSAGES]) {
    const add = (text: string) => {
      if (/^\p{Lu}\S* \S+ /u.test(text)) sentences.push([path, text])
    }
    new Visitor({
      Literal(node) {
        if (typeof node.value === 'string') add(node.value)
      },
      TemplateLiteral(node) {
        add(node.quasis.map(({ value }) => value.cooked ?? '').join('0'))
      },
    }).visit(parseSync(path, readFileSync(join(root, path), 'utf8')).program)
  }
  return sentences
}

/** What no text says, with the word of docs/glossary.md that it says instead. */
const FORBIDDEN: Record<Locale, readonly [RegExp, string][]> = {
  en: [
    [/\bmail(s|ed|ing)?\b/i, 'email'],
    [/\be-mails?\b/i, 'email'],
    [/(?<!\b(email|IP) )\baddress(es)?\b/i, 'email, or IP address, or link'],
    [/\bproofs?\b/i, 'second factor'],
    [/\badministrators?\b/i, 'admin'],
    [/\b(some|any|every|no)body\b/i, 'someone, anyone, everyone, no one'],
    [/\b(verification|one-time|security|backup) codes?\b/i, 'passcode, recovery code'],
    [/\b(tokens?|OTP)\b/i, 'passcode'],
    [/\blog(ged|ging)?[ -]?(in|out|on|off)\b/i, 'sign in, sign out'],
    [/\b(enrol(s|ment)?|cancelled|cancelling|colour|organi[sz]ation|recognise|authorise|whilst)\b/i, 'US spelling'],
    [/\b(please|oops|sorry)\b/i, 'nothing'],
    [/!/, 'a full stop'],
    [/\bwhoever (runs|operates)\b/i, 'the people who run the server'],
    [/\bfor ever\b/i, 'US spelling'],
    [/\b(an?) \{/, 'no article before a value'],
  ],
  de: [
    [/Authentisierung/i, 'Authentifizierung'],
    [/Zweifaktor|Zwei-Stufen|2-Faktor/i, 'Zwei-Faktor-Authentifizierung'],
    [/Nachweis/i, 'zweiter Faktor'],
    [/(?<!E-)\bMails?\b/i, 'E-Mail'],
    [/(?<!E-Mail-|IP-)Adress/i, 'E-Mail-Adresse'],
    [/\bAdmins?\b/, 'Administrator'],
    [/Passcode|Einmalpasswort|Bestätigungscode|Sicherheitscode/i, 'Einmalcode'],
    [/Backup-?Code|Notfallcode/i, 'Wiederherstellungscode'],
    [/Login|Logout|\b(ein|aus)loggen|eingeloggt/i, 'Anmeldung'],
    [/Textnachricht/i, 'SMS'],
    [/\bbenutz(e|en|t|te|ten)\b/i, 'verwenden'],
    [/\bausgenommen|Ausnahme/i, 'befreit, Befreiung'],
    [/Stichtag/i, 'Frist'],
    [/Aktion für viele/i, 'Sammelaktion'],
    [/\bjemand anders\b/i, 'jemand anderes'],
    [/\bbitte\b/i, 'nothing'],
    [/\b(du|dich|dir|dein\w*)\b/i, 'Sie'],
    [/["!]/, '„ “, a full stop'],
    [/\b(der|die|das|den|dem|des|ein|eine|einen|einem|einer|eines) \{/i, 'no article before a value'],
  ],
  ja: [
    [/二要素|２要素|[2２二]段階認証|2ファクタ/, '2要素認証'],
    [/ワンタイム|認証コード|パスコード/, '確認コード'],
    [/(復旧|回復|復元|バックアップ)コード/, 'リカバリーコード'],
    [/認証システム|オーセンティケーター/, '認証アプリ'],
    [/証明/, '第2の要素'],
    [/(?<!第2の|認証|[0-9２])要素(?!認証)/, '第2の要素, 認証要素'],
    [/(?<!メール|IP)アドレス/, 'メールアドレス'],
    [/ログ(イン|アウト)/, 'サインイン, サインアウト'],
    [/役割/, 'ロール'],
    [/取り込/, 'インポート'],
    [/期日/, '設定期限'],
    [/エントリ/, '記録'],
    [/他人がお使い/, 'お使いの…が他人に'],
    [/記憶/, '登録'],
    [/(サーバ|ユーザ|ブラウザ|コンピュータ|フォルダ|メンバ|オーナ|プロバイダ)(?!ー)/, 'a long mark at the end'],
    [/[ぁ-んァ-ヶー一-龠]["'!:;()]|[()][ぁ-んァ-ヶー一-龠]/, 'full-width signs'],
    [/[ぁ-んァ-ヶー一-龠、。] [#0-9A-Za-z]|[#0-9A-Za-z] [ぁ-んァ-ヶー一-龠]/, 'no space beside digits and letters'],
    [/(だ|である|ない)。/, 'です, ます'],
  ],
  ko: [
    [/이중 인증|이단계|2단계인증|2요소|투팩터/, '2단계 인증'],
    [/인증 ?번호|일회용|확인 코드|OTP/, '인증 코드'],
    [/백업 코드|복구코드/, '복구 코드'],
    [/인증앱|인증기/, '인증 앱'],
    [/증명/, '두 번째 인증 수단'],
    [/(?<!이)메일(?!함)/, '이메일'],
    [/(?<!이메일 |IP |\} )주소/, '이메일 주소'],
    [/상담원/, '에이전트'],
    [/휴대폰|핸드폰/, '휴대전화'],
    [/디바이스|장치/, '기기'],
    [/(하|주|보|으)세요|해요\b/, '하십시오'],
    [/["!]/, '“ ”'],
  ],
}

/** The box that other programs know by its label. */
const STRAIGHT = ['verify.trust', 'advanced.trustHint']

/** Nouns of the texts: whatever particle stands behind one goes with it. */
const NOUNS =
  '수단 코드 앱 휴대전화 이메일 비밀번호 링크 기기 세션 브라우저 컴퓨터 사용자 관리자 소유자 에이전트 팀원 계정 회사 요청 보고서 파일 초대 키 로그 서버 메시지 사람 번호 주소 인증 신뢰 역할 설정 로그인'.split(
    ' ',
  )
/** These are seldom the last syllable of anything else; 이, 가, 는 and 나 are, as of verbs. */
const TELLING = ['은', '을', '를', '과', '와', '으로', '로', '이나']
/** Words that end so by nature. */
const WHOLE = ['결과', '효과', '초과', '바로', '새로', '서로', '따로', '별로', '그대로', '스스로', '실제로']

function wrongParticles(text: string): string[] {
  const words = text.replace(/\{\w+\}|[{}#]/g, ' ').match(/[^\s,.:?·“”]+/g) ?? []
  return words.filter((word) => {
    const endings = PARTICLES.filter((particle) => word.endsWith(particle) && word !== particle)
    const particle = endings.sort((a, b) => b.length - a.length)[0]
    if (particle === undefined || [...WHOLE, ...NOUNS].some((whole) => word.endsWith(whole))) return false
    const before = word.slice(0, -particle.length)
    if (endingOf(before) === null) return false
    return (TELLING.includes(particle) || NOUNS.some((noun) => before.endsWith(noun))) && !fits(before, particle)
  })
}

describe('the words of the texts (X1)', () => {
  test.each(LOCALES)('%s has one word for each thing', (locale) => {
    const found = textsOf(locale).flatMap(([key, text]) =>
      FORBIDDEN[locale].flatMap(([pattern, instead]) => {
        const said = pattern.exec(withoutNames(text))
        return said === null ? [] : [`${key}: “${said[0]}” in “${text}”: ${instead}`]
      }),
    )
    expect(found).toEqual([])
  })

  test('commands say them too', () => {
    // An address is also that of a database, and a mail server has its name from the field.
    const rules = FORBIDDEN.en.filter(([pattern]) => !pattern.source.includes('address'))
    const besides = /--[\w-]+( [A-Z]+)?|mail server|https?:\S+|\S+@\S+/g
    const found = sentencesOfCommands().flatMap(([path, text]) =>
      rules.flatMap(([pattern, instead]) => {
        const said = pattern.exec(text.replace(besides, ''))
        return said === null ? [] : [`${path}: “${said[0]}” in “${text}”: ${instead}`]
      }),
    )
    expect(found).toEqual([])
    expect(sentencesOfCommands().length).toBeGreaterThan(100)
  })

  test('English has curly apostrophes, but where a label is known by its own', () => {
    expect(textsOf('en').flatMap(([key, text]) => (/\w'\w/.test(text) ? [key] : []))).toEqual(STRAIGHT)
  })

  test('no Korean particle hangs on a value, whose sound is not known, and none has two forms', () => {
    const hangs = new RegExp(`[}#](${PARTICLES.join('|')})(?=[\\s.,)]|$)`)
    const both = /\([은는이가을를와과으]+\)/
    expect(
      textsOf('ko').flatMap(([key, text]) => (hangs.test(text) || both.test(text) ? [`${key}: ${text}`] : [])),
    ).toEqual([])
  })

  test('every Korean particle is the form that goes with the sound before it', () => {
    expect(textsOf('ko').flatMap(([key, text]) => wrongParticles(text).map((word) => `${key}: ${word}`))).toEqual([])
    expect(['수단는', '휴대전화으로', '코드을', '수단나'].map((word) => wrongParticles(word).length)).toEqual([
      1, 1, 1, 1,
    ])
  })
})

/** What a button shows, and what it is called where several of one face stand on a page. */
const NAMED_MORE_FULLY = [
  ['invite.again', 'invite.againTo'],
  ['invite.send', 'invite.sendTo'],
  ['invite.withdraw', 'invite.withdrawOf'],
  ['sessions.end', 'sessions.endOf'],
] as const

test.each(LOCALES)('X2: the name of a button holds the text that it shows (WCAG 2.2 2.5.3, %s)', (locale) => {
  const texts = new Map(textsOf(locale))
  for (const [face, name] of NAMED_MORE_FULLY) {
    expect(texts.get(name)?.toLowerCase()).toContain(texts.get(face)?.toLowerCase())
  }
})
