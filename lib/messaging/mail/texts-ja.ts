import { formatTime } from './format'
import type { MailText, MailTexts } from './texts'
import type { MailFactor } from './types'
import { describeUserAgent } from './user-agent'

const factors: Record<MailFactor, string> = {
  totp: '認証アプリ',
  email: 'メールアドレス',
  sms: '電話番号',
  passkey: 'パスキー',
}

function origin(from: { address: string | null; userAgent: string | null }): MailText {
  return {
    facts: [
      ['ブラウザー', describeUserAgent(from.userAgent) ?? '不明'],
      ['IPアドレス', from.address ?? '不明'],
    ],
  }
}

const nothingToDo = 'ご本人による操作であれば、何もする必要はありません。'
const changePassword = '心当たりがない場合は、次のページにサインインしてパスワードを変更してください。'

export const ja: MailTexts = {
  greeting: (name) => (name === null ? 'ご利用者様' : `${name} 様`),
  footer: (host) =>
    `このメールは ${host} のサインインサービスから送信されました。返信いただいてもお読みすることはできません。`,
  mails: {
    device_passcode: (values, links) => ({
      subject: '確認コードのお知らせ',
      body: [
        '新しいデバイスからお使いのアカウントへのサインインが行われています。ご本人の場合は、次の確認コードを入力してください。',
        { code: values.code },
        `このコードは1回だけ使用でき、${values.minutes}分で無効になります。サインイン中のページ以外には入力せず、誰にも教えないでください。`,
        origin(values),
        '心当たりがない場合は、パスワードが他人に知られています。次のページにサインインしてパスワードを変更してください。',
        { link: links.security },
      ],
    }),
    step_up_passcode: (values, links) => ({
      subject: '本人確認用の確認コードのお知らせ',
      body: [
        'お使いのアカウントの設定を変更するには、本人確認が必要です。ご本人による操作の場合は、次の確認コードを入力してください。',
        { code: values.code },
        `このコードは1回だけ使用でき、${values.minutes}分で無効になります。誰にも教えないでください。`,
        '心当たりがない場合は、他人がお使いのアカウントにサインインしています。次のページにサインインしてパスワードを変更してください。',
        { link: links.security },
      ],
    }),
    factor_added: (values, links) => ({
      subject: '第2の要素が追加されました',
      body: [
        `${formatTime('ja', values.when)}に、お使いのアカウントの第2の要素として${factors[values.factor]}が追加されました。`,
        nothingToDo,
        changePassword,
        { link: links.security },
      ],
    }),
    factor_removed: (values, links) => ({
      subject: '第2の要素が削除されました',
      body: [
        `お使いのアカウントの第2の要素から${factors[values.factor]}が削除されました。`,
        nothingToDo,
        changePassword,
        { link: links.security },
      ],
    }),
    two_factor_on: (_, links) => ({
      subject: '2要素認証が有効になりました',
      body: [
        'お使いのアカウントの2要素認証（2FA）が有効になりました。今後のサインインには、パスワードに加えて第2の要素が必要です。',
        nothingToDo,
        changePassword,
        { link: links.security },
      ],
    }),
    two_factor_off: (_, links) => ({
      subject: '2要素認証が無効になりました',
      body: [
        'お使いのアカウントの2要素認証（2FA）が無効になりました。今後のサインインでは、第2の要素は求められません。',
        nothingToDo,
        '心当たりがない場合は、次のページにサインインしてパスワードを変更し、2要素認証を有効に戻してください。',
        { link: links.security },
      ],
    }),
    recovery_codes_made: (_, links) => ({
      subject: '新しいリカバリーコードが作成されました',
      body: [
        'お使いのアカウントの新しいリカバリーコードが作成されました。以前のコードは使用できません。',
        'スマートフォンがなくても取り出せる場所に保管してください。',
        changePassword,
        { link: links.security },
      ],
    }),
    recovery_code_used: (values, links) => ({
      subject: 'リカバリーコードが使用されました',
      body: [
        `お使いのアカウントのリカバリーコードが使用されました。${recoveryCodesLeft(values.left)}`,
        values.left > 3
          ? nothingToDo
          : 'ご本人による操作であれば、下記のページにサインインして新しいリカバリーコードを作成してください。',
        '心当たりがない場合は、次のページにサインインしてパスワードを変更し、新しいリカバリーコードを作成してください。',
        { link: links.security },
      ],
    }),
    recovery_code_issued: (values) => ({
      subject: '管理者がリカバリーコードを発行しました',
      body: [
        `${values.by} さんが、お使いのアカウントのリカバリーコードを発行しました。${values.minutes}分間、1回だけ使用できます。コードは管理者から直接お受け取りください。メールで届くことはありません。`,
        'ご本人が依頼した場合は、サインイン中のページでコードを使用し、その後、第2の要素を設定し直してください。',
        '依頼した覚えがない場合は、次のページで止めてください。サインインは不要で、リンクは7日間有効です。',
        { link: values.link },
      ],
    }),
    recovery_code_issued_other: (values, links) => ({
      subject: `${values.person} さんのリカバリーコードが発行されました`,
      body: [
        `${values.by} さんが ${values.person} さんのリカバリーコードを発行しました。理由：${values.reason}`,
        '了承済みであれば、何もする必要はありません。心当たりがない場合は、コンソールでご確認ください。',
        { link: links.home },
      ],
    }),
    issued_code_used: (_, links) => ({
      subject: '管理者が発行したリカバリーコードが使用されました',
      body: [
        '管理者がお使いのアカウントのために発行したリカバリーコードが、サインインに使用されました。',
        nothingToDo,
        changePassword,
        { link: links.security },
      ],
    }),
    factors_reset: (values) => ({
      subject: '二要素認証がリセットされました',
      body: [
        `${values.by} さんが、お使いのアカウントの第2の要素とリカバリーコードを削除しました。すべてのセッションが終了しました。`,
        '次のサインインでは、このアドレスに確認コードが届きます。その後、第2の要素を設定し直してください。',
        '依頼した覚えがない場合は、次のページで止めてください。サインインは不要で、リンクは7日間有効です。',
        { link: values.link },
      ],
    }),
    reset_asked: (values) => ({
      subject: '二要素認証のリセットの依頼を受け付けました',
      body: [
        'お使いのパスワードを知っている人が、第2の要素のリセットを管理者に依頼しました。管理者が判断し、電話で確認することがあります。',
        origin(values),
        '心当たりがない場合、または再びサインインできるようになった場合は、次のページで取り消してください。サインインは不要です。',
        { link: values.link },
      ],
    }),
    report_ready: (values) => ({
      subject: `${values.tenant} の2FA状況レポートができました`,
      body: [
        `${values.rows}行のレポートです。サインインしている管理者が${values.hours}時間以内にダウンロードできます。`,
        { link: values.link },
      ],
    }),
    reset_waiting: (values) => ({
      subject: `${values.person} さんが2FAのリセットを依頼しています`,
      body: [
        `${values.person} さんがサインインできず、第2の要素のリセットを依頼しています。判断の前に、電話または対面で本人であることをご確認ください。`,
        { link: values.link },
      ],
    }),
    reset_denied: (values, links) => ({
      subject: '二要素認証はリセットされませんでした',
      body: [
        `管理者は、第2の要素をリセットしないと判断しました。理由：${values.reason}`,
        'まだサインインできない場合は、管理者に電話してください。依頼した覚えがない場合は、次のページでパスワードを変更してください。',
        { link: links.security },
      ],
    }),
    reset_cancelled: (values, links) => ({
      subject: `${values.person} さんのリセットの依頼が取り消されました`,
      body: [
        `${values.person} さんが第2の要素のリセットの依頼を取り消しました。パスワードを知っている別の人からの依頼だった可能性があります。`,
        { link: links.home },
      ],
    }),
    break_glass: (values, links) => ({
      subject: `警告：サーバー上で ${values.person} さんのリカバリーコードが発行されました`,
      body: [
        `サーバーにアクセスできる人が、コンソールを通さずに ${values.person} さんのリカバリーコードを発行しました。理由：${values.reason}`,
        '社内の誰も知らない場合は、すぐにサーバーの運用担当者に連絡してください。セッションと利用者は次のページで確認できます。',
        { link: links.home },
      ],
    }),
    stopped: (values, links) => ({
      subject: `${values.person} さんから「本人ではない」との報告がありました`,
      body: [
        `${values.person} さんが通知のリンクから、アカウントの変更が本人によるものではないと報告しました。セッション、進行中のサインイン、発行済みのリカバリーコードは終了し、新しいパスワードが必要になります。`,
        '再び対応する前に、誰が変更を依頼したのかをご確認ください。',
        { link: links.home },
      ],
    }),
    stopped_here: (_, links) => ({
      subject: 'アカウントの変更を止めました',
      body: [
        '通知のリンクから、アカウントの変更が本人によるものではないと報告されました。すべてのセッション、発行済みのリカバリーコード、通知以降に設定された第2の要素とリカバリーコードは削除されました。',
        '次のサインインで新しいパスワードを設定し、第2の要素が残っていない場合は設定し直してください。次のページからサインインできます。',
        { link: links.home },
      ],
    }),
    password_changed: (_, links) => ({
      subject: 'パスワードが変更されました',
      body: [
        'お使いのアカウントのパスワードが変更されました。',
        nothingToDo,
        '心当たりがなく、サインインもできない場合は、すぐに管理者に連絡してください。サインインできる場合は、次のページでパスワードを変更してください。',
        { link: links.security },
      ],
    }),
    factor_passcode: (values, links) => ({
      subject: '確認コードのお知らせ',
      body: [
        '正しいパスワードでお使いのアカウントへのサインインが行われています。ご本人の場合は、次の確認コードを入力してください。',
        { code: values.code },
        `このコードは1回だけ使用でき、${values.minutes}分で無効になります。サインイン中のページ以外には入力せず、誰にも教えないでください。`,
        origin(values),
        '心当たりがない場合は、パスワードが他人に知られています。次のページにサインインしてパスワードを変更してください。',
        { link: links.security },
      ],
    }),
    enrol_passcode: (values, links) => ({
      subject: '確認コードのお知らせ',
      body: [
        'このメールボックスをお使いのアカウントの第2の要素として登録しています。確認するには、次の確認コードを入力してください。',
        { code: values.code },
        `このコードは1回だけ使用でき、${values.minutes}分で無効になります。誰にも教えないでください。`,
        '心当たりがない場合は、他人がお使いのアカウントを使用しています。次のページにサインインしてパスワードを変更してください。',
        { link: links.security },
      ],
    }),
    sign_in_link: (values) => ({
      subject: 'サインイン用リンクのお知らせ',
      body: [
        'サインインするには、次のリンクを開いてください。ボタンのあるページが表示されます。',
        { link: values.link },
        `このリンクは1回だけ使用でき、${values.minutes}分で無効になります。誰にも渡さないでください。`,
        origin(values),
        '心当たりがない場合は、何もしないでください。このリンクがなければ誰もサインインできません。',
      ],
    }),
    sign_in_link_refused: (values) => ({
      subject: 'パスワードでサインインしてください',
      body: [
        'お使いのアカウントへのサインイン用リンクが依頼されました。現在はリンクだけではサインインできません。次のページでパスワードを使用してください。',
        { link: values.link },
        '心当たりがない場合は、何もする必要はありません。',
      ],
    }),
    invitation: (values) => ({
      subject: `${values.tenant}のアカウント`,
      body: [
        `${values.by}さんから${values.tenant}への招待が届いています。次のリンクを開いて、パスワードを設定してください。`,
        { link: values.link },
        `このリンクは${values.hours}時間以内に1回だけ使用できます。期限が過ぎた場合は、新しい招待を依頼してください。`,
        '心当たりがない場合は、何もしないでください。',
      ],
    }),
    password_reset: (values) => ({
      subject: '新しいパスワードの設定',
      body: [
        'お使いのアカウントの新しいパスワードの設定が依頼されました。ご本人の場合は、次のリンクを開いてください。',
        { link: values.link },
        `このリンクは1回だけ使用でき、${values.minutes}分で無効になります。第2の要素は変わりません。`,
        origin(values),
        '心当たりがない場合は、何もしないでください。パスワードは変わりません。',
      ],
    }),
    password_reset_refused: (values) => ({
      subject: 'メールでのパスワード設定はまだできません',
      body: [
        `お使いのアカウントの新しいパスワードの設定が依頼されました。このアドレスは管理者が最近登録したため、${formatTime('ja', values.until)}まではパスワードを設定できません。`,
        '今のパスワードでサインインするか、管理者に相談してください。',
        '心当たりがない場合は、何もする必要はありません。',
      ],
    }),
    exempted: (values) => ({
      subject: '一時的に第2の要素が不要になりました',
      body: [
        `${values.by}さんが、${formatTime('ja', values.until)}まで二要素認証を免除しました。その後のサインイン時に設定が必要です。`,
        '心当たりがない場合は、別の管理者にお知らせください。',
      ],
    }),
    password_reset_done: () => ({
      subject: 'パスワードが再設定されました',
      body: [
        'このアドレスに届いたメールのリンクから、お使いのアカウントのパスワードが再設定されました。すべてのセッションが終了しました。',
        '別の要素またはリカバリーコードを使用するまで、メールの確認コードは2つ目の証明になりません。',
        nothingToDo,
        '心当たりがない場合は、すぐに新しいパスワードを設定し（サインインページの「パスワードをお忘れですか」）、メールが他人に読まれていることを管理者にお知らせください。',
      ],
    }),
    address_confirm: (values) => ({
      subject: '新しいメールアドレスの確認',
      body: [
        '今後このアドレスでサインインする手続きが行われています。確認するには、次のリンクを開いてください。',
        { link: values.link },
        `このリンクは1回だけ使用でき、${values.hours}時間で無効になります。それまでは何も変わりません。`,
        '心当たりがない場合は、何もしないでください。',
      ],
    }),
    address_in_use: () => ({
      subject: 'メールアドレスを使用しようとした人がいます',
      body: [
        '別のアカウントにサインインしている人が、あなたのメールアドレスを自分のものにしようとしました。アドレスは引き続きあなたのもので、何も変更されていません。',
        '何もする必要はありません。',
      ],
    }),
    address_changed: (values) => ({
      subject: 'アカウントのメールアドレスが変更されました',
      body: [
        `お使いのアカウントのメールアドレスは ${values.newAddress} になりました。このアドレスではサインインできなくなりました。`,
        nothingToDo,
        `心当たりがない場合は、元のアドレスに戻してください。リンクは${values.days}日間、サインインせずに使用できます。すべてのセッションが終了し、新しいパスワードが求められます。`,
        { link: values.link },
      ],
    }),
    address_changed_here: (_, links) => ({
      subject: 'このアドレスがアカウントのメールアドレスになりました',
      body: [
        '今後はこのアドレスでサインインします。アカウントに関するメールもここに届きます。',
        nothingToDo,
        changePassword,
        { link: links.security },
      ],
    }),
    address_given: (values) => ({
      subject: '管理者がアカウントのメールアドレスを変更しました',
      body: [
        `${values.by}さんが、お使いのアカウントのメールアドレスを ${values.newAddress} に変更しました。このアドレスではサインインできなくなりました。`,
        'ご自身が依頼した場合は、何もする必要はありません。',
        `依頼していない場合は、このアドレスに戻してください。リンクは${values.days}日間、サインインせずに使用できます。すべてのセッションが終了し、新しいパスワードが求められます。`,
        { link: values.link },
      ],
    }),
    address_given_here: (values) => ({
      subject: '管理者がこのアドレスをアカウントに登録しました',
      body: [
        `${values.by}さんが、このアドレスをお使いのアカウントに登録しました。今後はこのアドレスでサインインし、アカウントに関するメールもここに届きます。`,
        `${formatTime('ja', values.until)}までは、このアドレスでは新しいパスワードの設定もサインイン用リンクの受け取りもできず、ここに届く確認コードは第2の要素になりません。`,
        '心当たりがない場合は、別の管理者にお知らせください。',
      ],
    }),
    address_left: (values) => ({
      subject: 'このアドレスはアカウントのメールアドレスではなくなりました',
      body: [
        `このアドレスは管理者が最近お使いのアカウントに登録したものですが、現在のアドレスは ${values.newAddress} です。このアドレスではサインインできなくなりました。`,
        '心当たりがない場合は、会社の管理者にお知らせください。',
      ],
    }),
    address_restored: () => ({
      subject: '元のメールアドレスに戻りました',
      body: [
        'アカウントのメールアドレスの変更が取り消されました。すべてのセッションが終了しました。',
        '次回のサインイン時に新しいパスワードが求められます。現在のパスワードが分からない場合は、サインインページの「パスワードをお忘れですか」を選んでください。',
      ],
    }),
    not_me_reported: (values, links) => ({
      subject: 'デバイスがサインアウトされました',
      body: [
        '本人ではないと申告された次のデバイスをサインアウトし、登録を削除しました。',
        origin(values),
        'パスワードが他人に知られている可能性があります。新しいパスワードを設定するまで、アカウントではほかの操作はできません。',
        '申告に心当たりがない場合は、次のページにサインインしてパスワードを変更してください。',
        { link: links.security },
      ],
    }),
    test_message: () => ({
      subject: 'テストメッセージ',
      body: ['これはテストです。サインインサービスからのメールが届いています。'],
    }),
    new_device: (values, links) => ({
      subject: '新しいデバイスからサインインがありました',
      body: [
        `${formatTime('ja', values.when)}に、新しいデバイスからお使いのアカウントへのサインインがありました。`,
        origin(values),
        nothingToDo,
        '心当たりがない場合は、次のページで申告し、パスワードを変更してください。',
        { link: links.devices },
      ],
    }),
    too_many_attempts: (values, links) => ({
      subject: 'サインインの失敗が続いています',
      body: [
        values.until === null
          ? 'お使いのアカウントへのサインインの失敗が上限に達しました。リカバリーコードを使用するか、管理者が対応するまで、第2の要素はロックされます。'
          : `お使いのアカウントへのサインインの失敗が上限に達しました。${formatTime('ja', values.until)}まで、次の試行は受け付けられません。`,
        values.until === null
          ? 'ご本人による操作であれば、リカバリーコードを使用するか、管理者に連絡してください。'
          : 'ご本人による操作であれば、この時刻を過ぎてからもう一度お試しください。',
        changePassword,
        { link: links.security },
      ],
    }),
    code_wrong_after_password: (_, links) => ({
      subject: 'パスワードによるサインインが拒否されました',
      body: [
        'お使いのアカウントに正しいパスワードが入力されましたが、確認コードが正しくなかったため、サインインは拒否されました。',
        nothingToDo,
        '心当たりがない場合は、パスワードが他人に知られています。次のページにサインインしてパスワードを変更してください。',
        { link: links.security },
      ],
    }),
  },
}

function recoveryCodesLeft(left: number): string {
  return left === 0 ? '未使用のコードは残っていません。' : `未使用のコードは残り${left}個です。`
}
