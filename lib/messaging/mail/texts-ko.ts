import { formatTime } from './format'
import type { MailText, MailTexts } from './texts'
import type { MailFactor } from './types'
import { describeUserAgent } from './user-agent'

// With the particle that follows each noun.
const factors: Record<MailFactor, string> = {
  totp: '인증 앱이',
  email: '이메일 주소가',
  sms: '전화번호가',
  passkey: '패스키가',
}

function origin(from: { address: string | null; userAgent: string | null }): MailText {
  return {
    facts: [
      ['브라우저', describeUserAgent(from.userAgent) ?? '알 수 없음'],
      ['IP 주소', from.address ?? '알 수 없음'],
    ],
  }
}

const nothingToDo = '본인이 하신 일이라면 아무것도 하지 않으셔도 됩니다.'
const changePassword = '본인이 하신 일이 아니라면 아래 페이지에 로그인하여 비밀번호를 변경하십시오.'

export const ko: MailTexts = {
  greeting: (name) => (name === null ? '안녕하십니까.' : `${name} 님, 안녕하십니까.`),
  footer: (host) => `이 메일은 ${host}의 로그인 서비스에서 보냈습니다. 회신하신 메일은 확인하지 않습니다.`,
  mails: {
    device_passcode: (values, links) => ({
      subject: '인증 코드 안내',
      body: [
        '새 기기에서 사용자님의 계정에 로그인하고 있습니다. 본인이라면 다음 인증 코드를 입력하십시오.',
        { code: values.code },
        `이 코드는 한 번만 사용할 수 있으며 ${values.minutes}분 후에 만료됩니다. 로그인 중인 페이지에만 입력하고 누구에게도 알려 주지 마십시오.`,
        origin(values),
        '본인이 아니라면 다른 사람이 비밀번호를 알고 있는 것입니다. 아래 페이지에 로그인하여 비밀번호를 변경하십시오.',
        { link: links.security },
      ],
    }),
    step_up_passcode: (values, links) => ({
      subject: '본인 확인용 인증 코드 안내',
      body: [
        '사용자님의 계정을 변경하려면 본인 확인이 필요합니다. 직접 변경하고 있다면 다음 인증 코드를 입력하십시오.',
        { code: values.code },
        `이 코드는 한 번만 사용할 수 있으며 ${values.minutes}분 후에 만료됩니다. 누구에게도 알려 주지 마십시오.`,
        '본인이 아니라면 다른 사람이 사용자님의 계정에 로그인해 있는 것입니다. 아래 페이지에 로그인하여 비밀번호를 변경하십시오.',
        { link: links.security },
      ],
    }),
    factor_added: (values, links) => ({
      subject: '계정에 두 번째 인증 수단이 추가되었습니다',
      body: [
        `${formatTime('ko', values.when)}에 사용자님의 계정에 두 번째 인증 수단으로 ${factors[values.factor]} 추가되었습니다.`,
        nothingToDo,
        changePassword,
        { link: links.security },
      ],
    }),
    factor_removed: (values, links) => ({
      subject: '계정에서 두 번째 인증 수단이 삭제되었습니다',
      body: [
        `사용자님의 계정의 두 번째 인증 수단에서 ${factors[values.factor]} 삭제되었습니다.`,
        nothingToDo,
        changePassword,
        { link: links.security },
      ],
    }),
    two_factor_on: (_, links) => ({
      subject: '2단계 인증이 켜졌습니다',
      body: [
        '사용자님의 계정에 2단계 인증(2FA)이 켜졌습니다. 이제 로그인하려면 비밀번호 외에 두 번째 인증 수단이 필요합니다.',
        nothingToDo,
        changePassword,
        { link: links.security },
      ],
    }),
    two_factor_off: (_, links) => ({
      subject: '2단계 인증이 꺼졌습니다',
      body: [
        '사용자님의 계정에서 2단계 인증(2FA)이 꺼졌습니다. 이제 로그인할 때 두 번째 인증 수단을 묻지 않습니다.',
        nothingToDo,
        '본인이 하신 일이 아니라면 아래 페이지에 로그인하여 비밀번호를 변경하고 2단계 인증을 다시 켜십시오.',
        { link: links.security },
      ],
    }),
    recovery_codes_made: (_, links) => ({
      subject: '새 복구 코드가 만들어졌습니다',
      body: [
        '사용자님의 계정에 새 복구 코드가 만들어졌습니다. 이전 복구 코드는 더 이상 사용할 수 없습니다.',
        '휴대전화 없이도 꺼내 볼 수 있는 곳에 보관하십시오.',
        changePassword,
        { link: links.security },
      ],
    }),
    recovery_code_used: (values, links) => ({
      subject: '복구 코드가 사용되었습니다',
      body: [
        `사용자님의 계정의 복구 코드가 사용되었습니다. ${recoveryCodesLeft(values.left)}`,
        values.left > 3 ? nothingToDo : '본인이 하신 일이라면 아래 페이지에 로그인하여 새 복구 코드를 만드십시오.',
        '본인이 하신 일이 아니라면 아래 페이지에 로그인하여 비밀번호를 변경하고 새 복구 코드를 만드십시오.',
        { link: links.security },
      ],
    }),
    recovery_code_issued: (values) => ({
      subject: '관리자가 복구 코드를 발급했습니다',
      body: [
        `${values.by} 님이 사용자님의 계정에 대한 복구 코드를 발급했습니다. ${values.minutes}분 동안 한 번만 사용할 수 있습니다. 코드는 관리자에게서 직접 받으며 메일로는 오지 않습니다.`,
        '직접 요청하셨다면 로그인 중인 페이지에서 코드를 사용한 뒤 두 번째 인증 수단을 다시 설정하십시오.',
        '요청하지 않으셨다면 여기에서 중단하십시오. 로그인할 필요가 없으며 링크는 7일 동안 유효합니다.',
        { link: values.link },
      ],
    }),
    recovery_code_issued_other: (values, links) => ({
      subject: `${values.person} 님의 복구 코드가 발급되었습니다`,
      body: [
        `${values.by} 님이 ${values.person} 님의 복구 코드를 발급했습니다. 사유: ${values.reason}`,
        '합의된 일이라면 아무것도 하지 않으셔도 됩니다. 그렇지 않다면 콘솔에서 확인하십시오.',
        { link: links.home },
      ],
    }),
    issued_code_used: (_, links) => ({
      subject: '관리자가 발급한 복구 코드가 사용되었습니다',
      body: [
        '관리자가 사용자님의 계정을 위해 발급한 복구 코드가 로그인에 사용되었습니다.',
        nothingToDo,
        changePassword,
        { link: links.security },
      ],
    }),
    factors_reset: (values) => ({
      subject: '2단계 인증이 초기화되었습니다',
      body: [
        `${values.by} 님이 사용자님 계정의 두 번째 인증 수단과 복구 코드를 제거했습니다. 모든 세션이 종료되었습니다.`,
        '다음에 로그인하면 이 주소로 인증 코드가 전송됩니다. 그 후 두 번째 인증 수단을 다시 설정하십시오.',
        '요청하지 않으셨다면 여기에서 중단하십시오. 로그인할 필요가 없으며 링크는 7일 동안 유효합니다.',
        { link: values.link },
      ],
    }),
    reset_asked: (values) => ({
      subject: '2단계 인증 초기화를 요청하셨습니다',
      body: [
        '사용자님의 비밀번호를 아는 사람이 관리자에게 두 번째 인증 수단의 초기화를 요청했습니다. 관리자가 결정하며 전화로 확인할 수 있습니다.',
        origin(values),
        '본인이 아니거나 다시 로그인할 수 있게 되었다면 여기에서 취소하십시오. 로그인할 필요가 없습니다.',
        { link: values.link },
      ],
    }),
    report_ready: (values) => ({
      subject: `${values.tenant} 2FA 현황 보고서가 준비되었습니다`,
      body: [
        `${values.rows}행의 보고서입니다. 로그인한 관리자가 ${values.hours}시간 동안 다운로드할 수 있습니다.`,
        { link: values.link },
      ],
    }),
    reset_waiting: (values) => ({
      subject: `${values.person} 님이 2FA 초기화를 요청합니다`,
      body: [
        `${values.person} 님이 로그인할 수 없어 두 번째 인증 수단의 초기화를 요청합니다. 결정하기 전에 전화나 대면으로 본인인지 확인하십시오.`,
        { link: values.link },
      ],
    }),
    reset_denied: (values, links) => ({
      subject: '2단계 인증이 초기화되지 않았습니다',
      body: [
        `관리자가 두 번째 인증 수단을 초기화하지 않기로 결정했습니다. 사유: ${values.reason}`,
        '여전히 로그인할 수 없다면 관리자에게 전화하십시오. 요청하지 않으셨다면 아래 페이지에서 비밀번호를 변경하십시오.',
        { link: links.security },
      ],
    }),
    reset_cancelled: (values, links) => ({
      subject: `${values.person} 님의 초기화 요청이 취소되었습니다`,
      body: [
        `${values.person} 님이 두 번째 인증 수단의 초기화 요청을 취소했습니다. 비밀번호를 아는 다른 사람의 요청이었을 수 있습니다.`,
        { link: links.home },
      ],
    }),
    break_glass: (values, links) => ({
      subject: `경보: 서버에서 ${values.person} 님의 복구 코드가 발급되었습니다`,
      body: [
        `서버에 접근할 수 있는 사람이 콘솔을 거치지 않고 ${values.person} 님의 복구 코드를 발급했습니다. 사유: ${values.reason}`,
        '회사에서 아무도 모르는 일이라면 즉시 서버 운영자에게 연락하십시오. 세션과 사용자는 아래 페이지에서 확인할 수 있습니다.',
        { link: links.home },
      ],
    }),
    stopped: (values, links) => ({
      subject: `${values.person} 님이 본인이 아니라고 알렸습니다`,
      body: [
        `${values.person} 님이 알림의 링크를 통해 계정 변경이 본인이 한 것이 아니라고 알렸습니다. 세션, 진행 중인 로그인, 발급된 복구 코드가 종료되었으며 새 비밀번호가 요구됩니다.`,
        '다시 도와주기 전에 누가 변경을 요청했는지 확인하십시오.',
        { link: links.home },
      ],
    }),
    stopped_here: (_, links) => ({
      subject: '계정 변경을 중단했습니다',
      body: [
        '알림의 링크를 통해 계정 변경이 본인이 한 것이 아니라는 신고가 접수되었습니다. 모든 세션, 발급된 복구 코드, 알림 이후에 설정된 두 번째 인증 수단과 복구 코드가 제거되었습니다.',
        '다음에 로그인할 때 새 비밀번호를 정하고, 남은 인증 수단이 없으면 두 번째 인증 수단을 다시 설정하십시오. 아래 페이지에서 로그인하십시오.',
        { link: links.home },
      ],
    }),
    password_changed: (_, links) => ({
      subject: '비밀번호가 변경되었습니다',
      body: [
        '사용자님의 계정 비밀번호가 변경되었습니다.',
        nothingToDo,
        '본인이 하신 일이 아니며 더 이상 로그인할 수 없다면 즉시 관리자에게 도움을 요청하십시오. 로그인할 수 있다면 아래 페이지에서 비밀번호를 변경하십시오.',
        { link: links.security },
      ],
    }),
    factor_passcode: (values, links) => ({
      subject: '인증 코드 안내',
      body: [
        '올바른 비밀번호로 사용자님의 계정에 로그인하고 있습니다. 본인이라면 다음 인증 코드를 입력하십시오.',
        { code: values.code },
        `이 코드는 한 번만 사용할 수 있으며 ${values.minutes}분 후에 만료됩니다. 로그인 중인 페이지에만 입력하고 누구에게도 알려 주지 마십시오.`,
        origin(values),
        '본인이 아니라면 다른 사람이 비밀번호를 알고 있는 것입니다. 아래 페이지에 로그인하여 비밀번호를 변경하십시오.',
        { link: links.security },
      ],
    }),
    enrol_passcode: (values, links) => ({
      subject: '인증 코드 안내',
      body: [
        '이 메일함을 사용자님 계정의 두 번째 인증 수단으로 등록하고 있습니다. 확인하려면 다음 인증 코드를 입력하십시오.',
        { code: values.code },
        `이 코드는 한 번만 사용할 수 있으며 ${values.minutes}분 후에 만료됩니다. 누구에게도 알려 주지 마십시오.`,
        '본인이 아니라면 다른 사람이 사용자님의 계정을 사용하고 있는 것입니다. 아래 페이지에 로그인하여 비밀번호를 변경하십시오.',
        { link: links.security },
      ],
    }),
    sign_in_link: (values) => ({
      subject: '로그인 링크 안내',
      body: [
        '로그인하려면 다음 링크를 여십시오. 버튼이 있는 페이지가 열립니다.',
        { link: values.link },
        `이 링크는 한 번만 사용할 수 있으며 ${values.minutes}분 후에 만료됩니다. 누구에게도 전달하지 마십시오.`,
        origin(values),
        '요청하지 않으셨다면 아무것도 하지 마십시오. 이 링크 없이는 아무도 로그인할 수 없습니다.',
      ],
    }),
    sign_in_link_refused: (values) => ({
      subject: '비밀번호로 로그인하십시오',
      body: [
        '사용자님의 계정에 로그인하는 링크가 요청되었습니다. 지금은 링크만으로 로그인할 수 없습니다. 아래 페이지에서 비밀번호를 사용하십시오.',
        { link: values.link },
        '본인이 하신 일이 아니라면 아무것도 하지 않으셔도 됩니다.',
      ],
    }),
    invitation: (values) => ({
      subject: `${values.tenant} 계정`,
      body: [
        `${values.by} 님이 ${values.tenant}에 초대했습니다. 다음 링크를 열어 비밀번호를 정하십시오.`,
        { link: values.link },
        `이 링크는 ${values.hours}시간 안에 한 번만 사용할 수 있습니다. 그 후에는 새 초대를 요청하십시오.`,
        '무슨 일인지 모르시면 아무것도 하지 마십시오.',
      ],
    }),
    password_reset: (values) => ({
      subject: '새 비밀번호 설정',
      body: [
        '사용자님 계정의 새 비밀번호 설정이 요청되었습니다. 본인이라면 다음 링크를 여십시오.',
        { link: values.link },
        `이 링크는 한 번만 사용할 수 있으며 ${values.minutes}분 후에 만료됩니다. 두 번째 인증 수단은 그대로입니다.`,
        origin(values),
        '본인이 아니라면 아무것도 하지 마십시오. 비밀번호는 그대로입니다.',
      ],
    }),
    password_reset_refused: (values) => ({
      subject: '아직 메일로 새 비밀번호를 정할 수 없습니다',
      body: [
        `사용자님 계정의 새 비밀번호 설정이 요청되었습니다. 관리자가 최근에 등록한 주소라서 ${formatTime('ko', values.until)}까지는 비밀번호를 정할 수 없습니다.`,
        '지금 비밀번호로 로그인하거나 관리자에게 도움을 요청하십시오.',
        '본인이 아니라면 아무것도 하실 필요가 없습니다.',
      ],
    }),
    exempted: (values) => ({
      subject: '당분간 두 번째 인증 수단이 필요하지 않습니다',
      body: [
        `${values.by} 님이 ${formatTime('ko', values.until)}까지 2단계 인증을 면제했습니다. 그 후 첫 로그인 때 설정해야 합니다.`,
        '예상하지 못한 일이라면 다른 관리자에게 알리십시오.',
      ],
    }),
    password_reset_done: () => ({
      subject: '비밀번호가 새로 설정되었습니다',
      body: [
        '이 주소로 보낸 메일의 링크를 통해 사용자님 계정의 비밀번호가 새로 설정되었습니다. 모든 세션이 종료되었습니다.',
        '다른 인증 수단이나 복구 코드를 사용하기 전까지 이메일 인증 코드는 두 번째 증명이 되지 않습니다.',
        nothingToDo,
        '본인이 하신 일이 아니라면 즉시 새 비밀번호를 설정하고(로그인 페이지의 “비밀번호를 잊으셨습니까?”) 다른 사람이 메일을 읽고 있다고 관리자에게 알리십시오.',
      ],
    }),
    address_confirm: (values) => ({
      subject: '새 주소 확인',
      body: [
        '앞으로 이 주소로 로그인하려고 합니다. 확인하려면 다음 링크를 여십시오.',
        { link: values.link },
        `이 링크는 한 번만 사용할 수 있으며 ${values.hours}시간 후에 만료됩니다. 그때까지는 아무것도 바뀌지 않습니다.`,
        '무슨 내용인지 모르신다면 아무것도 하지 마십시오.',
      ],
    }),
    address_in_use: () => ({
      subject: '누군가 사용자님의 주소를 사용하려고 했습니다',
      body: [
        '다른 계정에 로그인한 사람이 사용자님의 주소를 자신의 것으로 만들려고 했습니다. 주소는 그대로 사용자님의 것이며 아무것도 바뀌지 않았습니다.',
        '아무것도 하지 않으셔도 됩니다.',
      ],
    }),
    address_changed: (values) => ({
      subject: '계정의 주소가 변경되었습니다',
      body: [
        `사용자님 계정의 주소가 이제 ${values.newAddress}입니다. 이 주소로는 더 이상 로그인할 수 없습니다.`,
        nothingToDo,
        `본인이 하신 일이 아니라면 이전 주소로 되돌리십시오. 링크는 ${values.days}일 동안 로그인하지 않고 사용할 수 있으며, 모든 세션이 종료되고 새 비밀번호가 요구됩니다.`,
        { link: values.link },
      ],
    }),
    address_changed_here: (_, links) => ({
      subject: '이제 이 주소가 계정의 주소입니다',
      body: [
        '이제부터 이 주소로 로그인하며 계정에 관한 메일도 이곳으로 전송됩니다.',
        nothingToDo,
        changePassword,
        { link: links.security },
      ],
    }),
    address_given: (values) => ({
      subject: '관리자가 계정의 주소를 변경했습니다',
      body: [
        `${values.by} 님이 사용자님 계정의 주소를 ${values.newAddress}(으)로 변경했습니다. 이 주소로는 더 이상 로그인할 수 없습니다.`,
        '직접 요청하신 일이라면 아무것도 하실 필요가 없습니다.',
        `요청하지 않으셨다면 이 주소로 되돌리십시오. 링크는 ${values.days}일 동안 로그인하지 않고 사용할 수 있으며, 모든 세션이 종료되고 새 비밀번호가 요구됩니다.`,
        { link: values.link },
      ],
    }),
    address_given_here: (values) => ({
      subject: '관리자가 이 주소를 계정에 등록했습니다',
      body: [
        `${values.by} 님이 이 주소를 사용자님 계정에 등록했습니다. 이제부터 이 주소로 로그인하며 계정에 관한 메일도 이곳으로 전송됩니다.`,
        `${formatTime('ko', values.until)}까지는 이 주소로 새 비밀번호를 정하거나 로그인 링크를 받을 수 없으며, 이곳으로 보낸 인증 코드는 두 번째 인증 수단이 되지 않습니다.`,
        '예상하지 못한 일이라면 다른 관리자에게 알리십시오.',
      ],
    }),
    address_left: (values) => ({
      subject: '이 주소는 더 이상 계정의 주소가 아닙니다',
      body: [
        `관리자가 최근에 사용자님 계정에 등록한 주소였으나 이제 계정의 주소는 ${values.newAddress}입니다. 이 주소로는 더 이상 로그인할 수 없습니다.`,
        '예상하지 못한 일이라면 회사의 관리자에게 알리십시오.',
      ],
    }),
    address_restored: () => ({
      subject: '이전 주소로 되돌렸습니다',
      body: [
        '계정 주소의 변경이 취소되었습니다. 모든 세션이 종료되었습니다.',
        '다음에 로그인할 때 새 비밀번호가 요구됩니다. 현재 비밀번호를 모르면 로그인 페이지에서 “비밀번호를 잊으셨습니까?”를 선택하십시오.',
      ],
    }),
    not_me_reported: (values, links) => ({
      subject: '기기가 계정에서 로그아웃되었습니다',
      body: [
        '본인이 아니라고 신고하신 다음 기기를 로그아웃하고 등록을 삭제했습니다.',
        origin(values),
        '다른 사람이 비밀번호를 알고 있을 수 있습니다. 새 비밀번호를 설정하기 전에는 계정에서 다른 작업을 할 수 없습니다.',
        '신고하지 않으셨다면 아래 페이지에 로그인하여 비밀번호를 변경하십시오.',
        { link: links.security },
      ],
    }),
    test_message: () => ({
      subject: '테스트 메시지',
      body: ['테스트입니다. 로그인 서비스의 메일이 전달되었습니다.'],
    }),
    new_device: (values, links) => ({
      subject: '새 기기에서 로그인했습니다',
      body: [
        `${formatTime('ko', values.when)}에 새 기기에서 사용자님의 계정에 로그인했습니다.`,
        origin(values),
        nothingToDo,
        '본인이 하신 일이 아니라면 아래 페이지에서 신고하고 비밀번호를 변경하십시오.',
        { link: links.devices },
      ],
    }),
    too_many_attempts: (values, links) => ({
      subject: '로그인 실패가 너무 많습니다',
      body: [
        values.until === null
          ? '사용자님의 계정에 로그인하려는 시도가 너무 많이 실패했습니다. 복구 코드를 사용하거나 관리자가 도와드릴 때까지 두 번째 인증 수단이 잠깁니다.'
          : `사용자님의 계정에 로그인하려는 시도가 너무 많이 실패했습니다. ${formatTime('ko', values.until)}까지 더 이상의 시도는 거부됩니다.`,
        values.until === null
          ? '본인이 하신 일이라면 복구 코드를 사용하거나 관리자에게 문의하십시오.'
          : '본인이 하신 일이라면 이 시각이 지난 후 다시 시도하십시오.',
        changePassword,
        { link: links.security },
      ],
    }),
    code_wrong_after_password: (_, links) => ({
      subject: '비밀번호를 사용한 로그인이 거부되었습니다',
      body: [
        '사용자님의 계정에 올바른 비밀번호가 입력되었으나 인증 코드가 올바르지 않아 로그인이 거부되었습니다.',
        nothingToDo,
        '본인이 하신 일이 아니라면 다른 사람이 비밀번호를 알고 있는 것입니다. 아래 페이지에 로그인하여 비밀번호를 변경하십시오.',
        { link: links.security },
      ],
    }),
  },
}

function recoveryCodesLeft(left: number): string {
  return left === 0 ? '남은 미사용 코드가 없습니다.' : `남은 미사용 코드는 ${left}개입니다.`
}
